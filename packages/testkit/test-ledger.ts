import type { VerifiedTransaction } from '@ward/ledger';
import {
  type AccountKey,
  encodeMessage,
  type Genesis,
  type MessageKind,
  networkOf,
  type Role,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Crypto,
  type Ed25519KeyPair,
  ed25519Signer,
  type MessageEnvelope,
  parseTransaction,
  type Realm,
  type Seconds,
  signTransaction,
} from '@ward/protocol';

/** An organisation whose keys the test holds. */
export interface TestMember {
  readonly id: Uint8Array;
  readonly service: Ed25519KeyPair;
  readonly officer: Ed25519KeyPair;
}

/** Who signs a transaction, with which key, in which role. */
export interface TestSigner {
  readonly account: Uint8Array;
  readonly keyPair: Ed25519KeyPair;
  readonly role?: string;
}

export const TEST_CHAIN = 'ward-test-1';
export const TEST_TIME: Seconds = 1_800_000_000;

/** What a test's chain begins with, where it matters. */
export interface TestBeginning {
  /** Of the genesis: an engine that runs by a real clock waits for it. */
  readonly time?: Seconds;
  /** How many there are, of power 1 each. */
  readonly validators?: number;
  /** Changes the genesis before anything is made of it. */
  amend?(genesis: Genesis, members: readonly TestMember[]): Genesis;
}

/** A network of synthetic organisations; the first is its registrar. */
export class TestLedger {
  readonly crypto: Crypto;
  readonly genesis: Genesis;
  readonly realm: Realm;
  readonly members: readonly TestMember[];
  /** Seed of the key of the first validator, the only one unless told otherwise. */
  readonly validatorSeed: Uint8Array;
  /** Seeds of the keys of all validators. */
  readonly validatorSeeds: readonly Uint8Array[];
  #salts = 0;

  /** @param roles Of each member but the registrar. */
  constructor(
    crypto: Crypto,
    roles: readonly (readonly Role[])[] = [['provider']],
    { time = TEST_TIME, validators = 1, amend = (genesis) => genesis }: TestBeginning = {},
  ) {
    this.crypto = crypto;
    const all: readonly (readonly Role[])[] = [['registrar'], ...roles];
    const members = all.map((_, index) => this.makeMember(index));
    const sorted = all.map((own, index) => ({ own, member: members[index]! }));
    sorted.sort((a, b) => Buffer.compare(a.member.id, b.member.id));
    this.members = members;
    this.validatorSeeds = Array.from({ length: validators }, (_, i) => this.#seed('validator', i));
    this.validatorSeed = this.validatorSeeds[0]!;
    const genesis: Genesis = {
      chain: TEST_CHAIN,
      time,
      network: null,
      predecessor: null,
      governance: null,
      validators: this.validatorSeeds.map((_, i) => ({
        publicKey: this.#keyPair('validator', i).publicKey,
        power: 1,
      })),
      parameters: { decideVersion: 1, decideDigest: crypto.sha256(Uint8Array.of(1)) },
      members: sorted.map(({ own, member }) => testMembership(member, own, time)),
    };
    this.genesis = amend(genesis, members);
    this.realm = { network: networkOf(this.genesis, crypto), crypto };
  }

  get registrar(): TestMember {
    return this.members[0]!;
  }

  /** The first member that is not the registrar. */
  get provider(): TestMember {
    return this.members[1]!;
  }

  /** A member's keys by its number, in the genesis or not. */
  makeMember(index: number): TestMember {
    return {
      id: this.crypto.sha256(Uint8Array.of(7, index)).slice(0, 16),
      service: this.#keyPair('service', index),
      officer: this.#keyPair('officer', index),
    };
  }

  #seed(name: string, index: number): Uint8Array {
    return this.crypto.sha256(Buffer.from(`${name} ${index}`));
  }

  #keyPair(name: string, index: number): Ed25519KeyPair {
    return this.crypto.ed25519.keyPair(this.#seed(name, index));
  }

  /** Signs messages as a transaction that has been verified where it arrived. */
  transaction(
    messages: readonly MessageEnvelope[],
    signers: readonly TestSigner[],
    validUntil: Seconds,
  ): VerifiedTransaction {
    const salt = new Uint8Array(16);
    new DataView(salt.buffer).setUint32(0, ++this.#salts);
    const { envelope } = signTransaction(
      {
        network: this.realm.network,
        chain: this.genesis.chain,
        signers: signers.map(({ account, role = AUTHOR_ROLE }) => ({ account, role })),
        validUntil,
        salt,
        messages,
      },
      signers.map(({ keyPair }) => ed25519Signer(keyPair, this.crypto)),
      this.crypto,
    );
    const { id, digest } = parseTransaction(envelope, this.crypto);
    return { envelope, id, digest, passkeys: signers.map(() => undefined) };
  }

  /** One message of a member's service, valid for a minute past `time`. */
  serviceTransaction<T>(
    { id, service }: TestMember,
    kind: MessageKind<T>,
    message: T,
    time: Seconds,
  ): VerifiedTransaction {
    const signers = [{ account: id, keyPair: service }];
    return this.transaction([encodeMessage(kind, message)], signers, time + 60);
  }

  /** One message of a member's officer, valid for a minute past `time`. */
  officerTransaction<T>(
    { id, officer }: TestMember,
    kind: MessageKind<T>,
    message: T,
    time: Seconds,
  ): VerifiedTransaction {
    const signers = [{ account: id, keyPair: officer }];
    return this.transaction([encodeMessage(kind, message)], signers, time + 60);
  }
}

/** A member as a genesis lists it. */
export function testMembership(
  member: TestMember,
  roles: readonly Role[],
  from: Seconds,
): Genesis['members'][number] {
  const { id } = member;
  const account = { organisation: id, keys: memberKeys(member, from) };
  return { id, account, organisation: testOrganisation(roles) };
}

function memberKeys({ service, officer }: TestMember, from: Seconds): AccountKey[] {
  const ends = { from, until: null, passkey: null };
  return [
    { kind: 'service', publicKey: service.publicKey, ...ends },
    { kind: 'officer', publicKey: officer.publicKey, ...ends },
  ];
}

/** A synthetic organisation's record. */
export function testOrganisation(
  roles: readonly Role[],
): Genesis['members'][number]['organisation'] {
  return {
    name: 'Synthetic organisation',
    roles,
    status: 'active',
    endpoints: { node: null, vault: null, custodian: null, inbox: null },
    sealingKey: new Uint8Array(1216),
    custodian: null,
    successor: null,
  };
}
