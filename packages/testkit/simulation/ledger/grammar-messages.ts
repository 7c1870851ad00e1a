import {
  type AccountKey,
  AddKey,
  AdmitOrganisation,
  BondStake,
  CarrySlot,
  CastVote,
  EndKey,
  encodeMessage,
  MakeProposal,
  NameSuccessor,
  OpenAccount,
  PromoteNetwork,
  RegisterValidator,
  ReinstateOrganisation,
  SetParameters,
  SuspendOrganisation,
  signCarriedSlot,
  signValidatorKey,
  UnbondStake,
  UnjailValidator,
  UpdateOrganisation,
  WriteSlots,
} from '@ward/ledger/schema';
import type { MessageEnvelope } from '@ward/protocol';
import { validatorKey } from '../../governed-ledger.ts';
import type { TestMember } from '../../test-ledger.ts';
import type { Cast } from './cast.ts';
import { anyAction, anyProfile, anyRoles } from './grammar-actions.ts';
import { anyKey } from './keys.ts';

/** Makes one message; `author` is who is going to sign it. */
type Production = (cast: Cast, author: TestMember) => MessageEnvelope;

interface Rule {
  readonly weight: number;
  /** Who governs where it may apply; anybody unless told. */
  readonly where?: 'members' | 'registrar';
  /** Kind of the key that should sign it. */
  readonly by: 'officer' | 'service';
  readonly make: Production;
}

/** Mostly the author itself. */
function mostly({ random, everybody }: Cast, author: TestMember): Uint8Array {
  return random.below(8) === 0 ? random.pick(everybody).id : author.id;
}

function bytesOf({ random }: Cast, among: number): Uint8Array {
  return new Uint8Array(32).fill(random.below(among));
}

function newKey(cast: Cast): Pick<AccountKey, 'kind' | 'publicKey' | 'passkey'> {
  const { random } = cast;
  const { publicKey, passkey } = anyKey(cast, random.pick(cast.everybody));
  const kind = random.pick(['service', 'officer', 'device'] as const);
  return { kind, publicKey, passkey: random.below(12) === 0 ? null : passkey };
}

const writeSlots: Production = (cast) => {
  const slots = Array.from({ length: 1 + cast.random.below(3) }, () => {
    const address = cast.random.below(3) > 0 ? cast.random.bytes(32) : bytesOf(cast, 30);
    return { address, value: bytesOf(cast, 9) };
  });
  return encodeMessage(WriteSlots, { slots });
};

const carrySlot: Production = (cast) => {
  const { random, ledger } = cast;
  const seed = random.below(2) === 0 ? random.bytes(32) : bytesOf(cast, 20);
  const keyPair = ledger.crypto.ed25519.keyPair(seed);
  const signed = signCarriedSlot({ value: bytesOf(cast, 9), keyPair }, ledger.realm);
  const isForged = random.below(5) === 0;
  return encodeMessage(CarrySlot, isForged ? { ...signed, value: bytesOf(cast, 9) } : signed);
};

const openAccount: Production = (cast) => {
  const { random, everybody, strangers } = cast;
  const newcomer = random.pick(random.below(3) === 0 ? everybody : strangers);
  const { id: account, officer } = newcomer;
  const organisation = random.below(4) === 0 ? random.pick(everybody).id : account;
  const own = { kind: 'officer' as const, publicKey: officer.publicKey, passkey: null };
  const more = Array.from({ length: random.below(3) }, () => newKey(cast));
  const keys = random.below(5) === 0 ? [newKey(cast), ...more] : [own, ...more];
  return encodeMessage(OpenAccount, { account, organisation, keys });
};

const addKey: Production = (cast, author) =>
  encodeMessage(AddKey, { account: mostly(cast, author), key: newKey(cast) });

const endKey: Production = (cast, author) => {
  const { random, time } = cast;
  const account = mostly(cast, author);
  const { publicKey } = anyKey(cast, author);
  const until = random.pick([null, time - 50, time + 30, time + 300]);
  return encodeMessage(EndKey, { account, publicKey, until });
};

const admit: Production = (cast) => {
  const { id: organisation } = cast.random.pick(cast.everybody);
  const said = { roles: anyRoles(cast), ...anyProfile(cast) };
  return encodeMessage(AdmitOrganisation, { organisation, ...said });
};

const update: Production = (cast, author) =>
  encodeMessage(UpdateOrganisation, { organisation: mostly(cast, author), ...anyProfile(cast) });

const nameSuccessor: Production = (cast, author) => {
  const { random, everybody } = cast;
  const successor = random.pick([null, random.pick(everybody).id, random.pick(everybody).id]);
  return encodeMessage(NameSuccessor, { organisation: mostly(cast, author), successor });
};

const setParameters: Production = (cast) =>
  encodeMessage(SetParameters, {
    decideVersion: 1 + cast.random.below(12),
    decideDigest: bytesOf(cast, 5),
  });

/** Rarely with a name that can go on: behind it the ledger takes nothing any more. */
const promote: Production = (cast) => {
  const { random, ledger } = cast;
  const chain = random.below(24) === 0 ? 'ward-test-2' : random.pick(['', ledger.genesis.chain]);
  return encodeMessage(PromoteNetwork, { chain, plan: bytesOf(cast, 5) });
};

const castVote: Production = (cast) => {
  const { random, naive } = cast;
  const isOpen = naive.open.length > 0 && random.below(12) > 0;
  const proposal = isOpen ? random.pick(naive.open) : 1 + random.below(12);
  const choice = random.pick(['yes', 'yes', 'yes', 'no'] as const);
  return encodeMessage(CastVote, { proposal, choice });
};

const register: Production = (cast, author) => {
  const { random, ledger, everybody } = cast;
  const index = random.below(8) === 0 ? random.below(everybody.length) : everybody.indexOf(author);
  const { id: organisation } = everybody[index]!;
  const named = random.below(8) === 0 ? everybody[0]!.id : organisation;
  const key = validatorKey(ledger.crypto, index, random.below(3));
  const signed = signValidatorKey(named, key, ledger.realm);
  return encodeMessage(RegisterValidator, { organisation, ...signed });
};

function aboutOne(kind: typeof SuspendOrganisation): Production {
  return ({ random, everybody }) =>
    encodeMessage(kind, { organisation: random.pick(everybody).id });
}

function moveStake(kind: typeof BondStake): Production {
  return (cast, author) => {
    const amount = cast.random.below(30) === 0 ? 1e12 : 1 + cast.random.below(30);
    return encodeMessage(kind, { organisation: mostly(cast, author), amount });
  };
}

/** A production for each message of all contracts. */
export const PRODUCTIONS: { readonly [message: string]: Rule } = {
  WriteSlots: { weight: 6, by: 'service', make: writeSlots },
  CarrySlot: { weight: 3, by: 'service', make: carrySlot },
  OpenAccount: { weight: 2, by: 'officer', make: openAccount },
  AddKey: { weight: 2, by: 'officer', make: addKey },
  EndKey: { weight: 1, by: 'officer', make: endKey },
  AdmitOrganisation: { weight: 1, by: 'officer', where: 'registrar', make: admit },
  UpdateOrganisation: { weight: 2, by: 'officer', make: update },
  SuspendOrganisation: {
    weight: 1,
    by: 'officer',
    where: 'registrar',
    make: aboutOne(SuspendOrganisation),
  },
  ReinstateOrganisation: {
    weight: 1,
    by: 'officer',
    where: 'registrar',
    make: aboutOne(ReinstateOrganisation),
  },
  NameSuccessor: { weight: 1, by: 'officer', make: nameSuccessor },
  SetParameters: { weight: 1, by: 'officer', where: 'registrar', make: setParameters },
  PromoteNetwork: { weight: 1, by: 'officer', where: 'registrar', make: promote },
  MakeProposal: {
    ...{ weight: 6, by: 'officer', where: 'members' },
    make: (cast) => encodeMessage(MakeProposal, { action: anyAction(cast) }),
  },
  CastVote: { weight: 8, by: 'officer', where: 'members', make: castVote },
  RegisterValidator: { weight: 2, by: 'officer', where: 'members', make: register },
  BondStake: { weight: 2, by: 'officer', where: 'members', make: moveStake(BondStake) },
  UnbondStake: { weight: 2, by: 'officer', where: 'members', make: moveStake(UnbondStake) },
  UnjailValidator: {
    ...{ weight: 3, by: 'officer', where: 'members' },
    make: (cast, author) => encodeMessage(UnjailValidator, { organisation: mostly(cast, author) }),
  },
};
