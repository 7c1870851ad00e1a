import {
  type Account,
  type AccountKey,
  AddKey,
  AdmitOrganisation,
  CarrySlot,
  carriedSlot,
  EndKey,
  encodeMessage,
  identityState,
  NameSuccessor,
  networkState,
  OpenAccount,
  type Organisation,
  ReinstateOrganisation,
  type Role,
  SetParameters,
  SuspendOrganisation,
  signCarriedSlot,
  slotsState,
  UpdateOrganisation,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { compareBytes, type MessageEnvelope, parseHex, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { VerifiedTransaction } from './machine/transaction.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['payer', 'laboratory'], ['registrar']]);
const { realm } = ledger;
const strangers = [40, 41].map((number) => ledger.makeMember(number));
const everybody = [...ledger.members, ...strangers];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** All that a ledger knows, in plain maps under hexadecimal ids. */
interface World {
  readonly accounts: Map<string, { organisation: string; keys: Mutable<AccountKey>[] }>;
  readonly organisations: Map<string, Mutable<Organisation>>;
  readonly slots: Map<string, { value: string; time: number }>;
  decideVersion: number;
}

/** Who signs, as far as the rules look at it. */
interface Author {
  readonly organisation: string;
  readonly kind: AccountKey['kind'];
}

/** What a message does to a world, or the code that refuses it, written a second time. */
type Rule = (world: World, author: Author, time: number) => string | undefined;

interface Step {
  readonly message: MessageEnvelope;
  readonly rule: Rule;
}

const isRegistrar = (world: World, { organisation, kind }: Author) =>
  kind === 'officer' && world.organisations.get(organisation)!.roles.includes('registrar');

function keyProblem(key: AddKey['key'], others: readonly { publicKey: Uint8Array }[]) {
  const isPlain = key.publicKey.length === 32 && key.passkey === null;
  if (!isPlain) return 'KEY_FORM';
  const text = toHex(key.publicKey);
  return others.some((other) => toHex(other.publicKey) === text) ? 'KEY_TAKEN' : undefined;
}

function writeSlots(random: SeededRandom): Step {
  const slots = Array.from({ length: 1 + random.below(3) }, () => {
    return { address: bytesOf(random.below(30)), value: bytesOf(random.below(9)) };
  });
  const rule: Rule = (world, { organisation, kind }, time) => {
    if (kind === 'officer') return 'SIGNER_ROLE';
    for (const { address, value } of slots) {
      const at = writtenSlot({ organisation: parseHex(organisation), address }, realm);
      if (world.slots.has(toHex(at))) return 'SLOT_TAKEN';
      world.slots.set(toHex(at), { value: toHex(value), time });
    }
    return undefined;
  };
  return { message: encodeMessage(WriteSlots, { slots }), rule };
}

function carrySlot(random: SeededRandom): Step {
  const keyPair = crypto.ed25519.keyPair(bytesOf(random.below(12)));
  const signed = signCarriedSlot({ value: bytesOf(random.below(9)), keyPair }, realm);
  const isForged = random.below(4) === 0;
  const value = isForged ? bytesOf(200) : signed.value;
  const rule: Rule = (world, { kind }, time) => {
    if (kind === 'officer') return 'SIGNER_ROLE';
    if (isForged) return 'SLOT_SIGNATURE';
    const at = toHex(carriedSlot(keyPair.publicKey, realm));
    if (world.slots.has(at)) return 'SLOT_TAKEN';
    world.slots.set(at, { value: toHex(value), time });
    return undefined;
  };
  return { message: encodeMessage(CarrySlot, { ...signed, value }), rule };
}

function newKey(random: SeededRandom): AddKey['key'] {
  const { service, officer } = random.pick(everybody);
  const publicKey = random.pick([service.publicKey, officer.publicKey, new Uint8Array(33)]);
  return { kind: random.pick(['service', 'officer', 'device']), publicKey, passkey: null };
}

function openAccount(random: SeededRandom): Step {
  const [account, organisation] = [random.pick(everybody).id, random.pick(everybody).id];
  const keys = Array.from({ length: 1 + random.below(2) }, () => newKey(random));
  const rule: Rule = (world, author, time) => {
    const [id, own] = [toHex(account), toHex(organisation)];
    if (author.kind !== 'officer') return 'SIGNER_ROLE';
    const mayOpen = id === own ? isRegistrar(world, author) : author.organisation === own;
    if (!mayOpen) return 'SIGNER_ROLE';
    if (world.accounts.has(id)) return 'ACCOUNT_TAKEN';
    for (const [i, key] of keys.entries()) {
      const problem = keyProblem(key, keys.slice(0, i));
      if (problem !== undefined) return problem;
    }
    if (id === own && !keys.some(({ kind }) => kind === 'officer')) return 'OFFICER_MISSING';
    const opened = keys.map((key) => ({ ...key, from: time, until: null }));
    world.accounts.set(id, { organisation: own, keys: opened });
    return undefined;
  };
  return { message: encodeMessage(OpenAccount, { account, organisation, keys }), rule };
}

/** The author's own account of that id, or the code. */
function ownAccount(world: World, { organisation, kind }: Author, account: Uint8Array) {
  if (kind !== 'officer') return 'SIGNER_ROLE';
  const found = world.accounts.get(toHex(account));
  if (found === undefined) return 'ACCOUNT_UNKNOWN';
  return found.organisation === organisation ? found : 'SIGNER_ROLE';
}

function addKey(random: SeededRandom): Step {
  const { id: account } = random.pick(everybody);
  const key = newKey(random);
  const rule: Rule = (world, author, time) => {
    const own = ownAccount(world, author, account);
    if (typeof own === 'string') return own;
    const problem = keyProblem(key, own.keys);
    if (problem !== undefined) return problem;
    own.keys.push({ ...key, from: time, until: null });
    return undefined;
  };
  return { message: encodeMessage(AddKey, { account, key }), rule };
}

function endKey(random: SeededRandom, now: number): Step {
  const { id: account, service, officer } = random.pick(everybody);
  const { publicKey } = random.pick([service, officer]);
  const until = random.pick([null, now - 50, now + 30, now + 300]);
  const rule: Rule = (world, author, time) => {
    const own = ownAccount(world, author, account);
    if (typeof own === 'string') return own;
    const end = until ?? time;
    const key = own.keys.find((known) => toHex(known.publicKey) === toHex(publicKey));
    if (key === undefined) return 'KEY_UNKNOWN';
    if (end < time) return 'KEY_END_PAST';
    if (key.until !== null && key.until <= end) return 'KEY_ENDED';
    const officers = own.keys.filter(({ kind, until }) => kind === 'officer' && until === null);
    const isLast = key.kind === 'officer' && officers.every((other) => other === key);
    if (own.organisation === toHex(account) && isLast) return 'OFFICER_LAST';
    key.until = end;
    return undefined;
  };
  return { message: encodeMessage(EndKey, { account, publicKey, until }), rule };
}

function profile(random: SeededRandom) {
  const custodian = { sealingKey: new Uint8Array(1216), publicKey: bytesOf(random.below(3)) };
  return {
    name: `Synthetic organisation ${random.below(100)}`,
    endpoints: { node: null, vault: null, custodian: null, inbox: null },
    sealingKey: new Uint8Array(1216),
    custodian: random.below(3) > 0 ? custodian : null,
  };
}

function admitOrganisation(random: SeededRandom): Step {
  const { id: organisation } = random.pick(everybody);
  const roles = random.pick<readonly Role[]>([['payer'], [], ['payer', 'payer'], ['registrar']]);
  const said = { ...profile(random), roles };
  const rule: Rule = (world, author) => {
    const id = toHex(organisation);
    if (!isRegistrar(world, author)) return 'SIGNER_ROLE';
    if (world.organisations.has(id)) return 'ORGANISATION_TAKEN';
    if (world.accounts.get(id)?.organisation !== id) return 'ORGANISATION_WITHOUT_ACCOUNT';
    if (roles.length === 0 || new Set(roles).size < roles.length) return 'ROLES_INVALID';
    world.organisations.set(id, { ...said, status: 'active', successor: null });
    return undefined;
  };
  return { message: encodeMessage(AdmitOrganisation, { organisation, ...said }), rule };
}

function updateOrganisation(random: SeededRandom): Step {
  const { id: organisation } = random.pick(everybody);
  const said = profile(random);
  const rule: Rule = (world, author) => {
    const id = toHex(organisation);
    if (author.kind !== 'officer' || author.organisation !== id) return 'SIGNER_ROLE';
    Object.assign(world.organisations.get(id)!, said);
    return undefined;
  };
  return { message: encodeMessage(UpdateOrganisation, { organisation, ...said }), rule };
}

function setStatus(random: SeededRandom): Step {
  const { id: organisation } = random.pick(everybody);
  const isSuspension = random.below(2) === 0;
  const kind = isSuspension ? SuspendOrganisation : ReinstateOrganisation;
  const rule: Rule = (world, author) => {
    const id = toHex(organisation);
    if (!isRegistrar(world, author)) return 'SIGNER_ROLE';
    if (isSuspension && author.organisation === id) return 'SUSPENDS_ITSELF';
    const found = world.organisations.get(id);
    if (found === undefined) return 'ORGANISATION_UNKNOWN';
    const status = isSuspension ? 'suspended' : 'active';
    if (found.status === status) {
      return isSuspension ? 'ORGANISATION_SUSPENDED' : 'ORGANISATION_ACTIVE';
    }
    found.status = status;
    return undefined;
  };
  return { message: encodeMessage(kind, { organisation }), rule };
}

function nameSuccessor(random: SeededRandom): Step {
  const { id: organisation } = random.pick(ledger.members);
  const successor = random.pick([null, random.pick(everybody).id]);
  const rule: Rule = (world, author) => {
    const id = toHex(organisation);
    if (author.kind !== 'officer' || author.organisation !== id) return 'SIGNER_ROLE';
    const own = world.organisations.get(id)!;
    if (successor !== null) {
      const other = world.organisations.get(toHex(successor));
      const pair = [own, other];
      const areFit = pair.every((one) => one?.status === 'active' && one.custodian !== null);
      if (!areFit || other === own) return 'SUCCESSOR_INVALID';
    }
    own.successor = successor;
    return undefined;
  };
  return { message: encodeMessage(NameSuccessor, { organisation, successor }), rule };
}

function setParameters(random: SeededRandom): Step {
  const decideVersion = 1 + random.below(6);
  const rule: Rule = (world, author) => {
    if (!isRegistrar(world, author)) return 'SIGNER_ROLE';
    if (decideVersion <= world.decideVersion) return 'PARAMETERS_VERSION';
    world.decideVersion = decideVersion;
    return undefined;
  };
  const decideDigest = bytesOf(decideVersion);
  return { message: encodeMessage(SetParameters, { decideVersion, decideDigest }), rule };
}

const STEPS: readonly ((random: SeededRandom, now: number) => Step)[] = [
  ...[writeSlots, writeSlots, writeSlots, carrySlot, carrySlot, openAccount, addKey, endKey],
  ...[admitOrganisation, updateOrganisation, updateOrganisation, setStatus],
  ...[nameSuccessor, nameSuccessor, setParameters],
];

function bytesOf(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}

/** The ledger as its pages describe it, without trees, overlays, caches or logs. */
class NaiveLedger {
  world: World;
  readonly #taken = new Set<string>();

  constructor() {
    const { members, parameters } = ledger.genesis;
    const entries = members.map(({ id, account, organisation }) => {
      const keys = account.keys.map((key) => ({ ...key }));
      return { id: toHex(id), account: { organisation: toHex(id), keys }, organisation };
    });
    this.world = {
      accounts: new Map(entries.map(({ id, account }) => [id, account])),
      organisations: new Map(entries.map(({ id, organisation }) => [id, { ...organisation }])),
      slots: new Map(),
      decideVersion: parameters.decideVersion,
    };
  }

  verdict(planned: Planned, time: number): string {
    const { transaction, validUntil } = planned;
    const id = toHex(transaction.id);
    if (time >= validUntil) return 'TRANSACTION_EXPIRED';
    if (validUntil > time + 180) return 'TRANSACTION_TOO_FAR';
    if (this.#taken.has(id)) return 'TRANSACTION_REPLAYED';
    this.#taken.add(id);
    const author = this.#authenticate(planned, time);
    if (typeof author === 'string') return author;
    const before = structuredClone(this.world);
    for (const { rule } of planned.steps) {
      const code = rule(this.world, author, time);
      if (code === undefined) continue;
      this.world = before;
      return code;
    }
    return 'applied';
  }

  #authenticate({ signer, publicKey }: Planned, time: number): Author | string {
    const account = this.world.accounts.get(toHex(signer.id));
    const key = account?.keys.find((known) => toHex(known.publicKey) === toHex(publicKey));
    const isActive = key && key.from <= time && (key.until === null || time < key.until);
    const organisation = account && this.world.organisations.get(account.organisation);
    if (!isActive || organisation === undefined) return 'SIGNER_UNKNOWN';
    if (organisation.status !== 'active') return 'ORGANISATION_SUSPENDED';
    return { organisation: account!.organisation, kind: key.kind };
  }
}

/** A transaction with what the naive ledger needs to know of it. */
interface Planned {
  readonly transaction: VerifiedTransaction;
  readonly validUntil: number;
  readonly signer: TestMember;
  readonly publicKey: Uint8Array;
  readonly steps: readonly Step[];
}

function plan(random: SeededRandom, now: number): Planned {
  const steps = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () =>
    random.pick(STEPS)(random, now),
  );
  const signer = random.pick(random.below(9) === 0 ? everybody : ledger.members);
  const keyPair = random.pick([signer.officer, signer.service]);
  const validUntil = now + random.pick([60, 60, 60, 180, 181, 0]);
  const messages = steps.map(({ message }) => message);
  const transaction = ledger.transaction(messages, [{ account: signer.id, keyPair }], validUntil);
  return { transaction, validUntil, signer, publicKey: keyPair.publicKey, steps };
}

/** Everything that stands in both must be the same. */
function compare({ machine }: TestChain, { world }: NaiveLedger): void {
  for (const [id, { organisation, keys }] of world.accounts) {
    const expected: Account = { organisation: parseHex(organisation), keys };
    expect(machine.read(identityState.accounts, parseHex(id))).toEqual(expected);
  }
  for (const [id, organisation] of world.organisations) {
    expect(machine.read(networkState.organisations, parseHex(id))).toEqual(organisation);
  }
  for (const [slot, { value, time }] of world.slots) {
    const expected = { value: parseHex(value), time };
    expect(machine.read(slotsState.slots, parseHex(slot))).toEqual(expected);
  }
  const ids = [...world.organisations.keys()].map(parseHex).sort(compareBytes);
  expect(machine.read(networkState.directory)!.organisations).toEqual(ids);
  expect(machine.read(networkState.parameters)!.decideVersion).toBe(world.decideVersion);
}

/** Blocks of random transactions, old ones among them. @returns How often each verdict came. */
function play(seed: number, seen: Map<string, number>): void {
  const random = seededRandom(seed);
  const chain = new TestChain(ledger, { retainedHeights: 3 });
  const naive = new NaiveLedger();
  const earlier: Planned[] = [];
  for (let block = 0; block < 40; block++) {
    chain.time += random.below(25);
    const planned = Array.from({ length: random.below(7) }, () => {
      const isReplay = earlier.length > 0 && random.below(12) === 0;
      return isReplay ? random.pick(earlier) : plan(random, chain.time);
    });
    earlier.push(...planned);
    const expected = planned.map((one) => naive.verdict(one, chain.time));
    expect(chain.verdicts(...planned.map(({ transaction }) => transaction))).toEqual(expected);
    for (const verdict of expected) seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    if (random.below(10) === 0) chain.restart();
  }
  compare(chain, naive);
}

describe('the ledger', () => {
  it('decides and keeps what a plain second writing of its rules does', () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 24; seed++) play(seed, seen);
    // Else the histories would not say much.
    expect(seen.get('applied')).toBeGreaterThan(100);
    expect(seen.size).toBeGreaterThan(20);
  });
});
