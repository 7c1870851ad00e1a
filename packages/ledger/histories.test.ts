import {
  type Action,
  AddKey,
  AdmitOrganisation,
  BondStake,
  CarrySlot,
  CastVote,
  EndKey,
  encodeMessage,
  MakeProposal,
  OpenAccount,
  RegisterValidator,
  ReinstateOrganisation,
  SuspendOrganisation,
  signCarriedSlot,
  signValidatorKey,
  UnbondStake,
  UnjailValidator,
  WriteSlots,
} from '@ward/ledger/schema';
import { type MessageEnvelope, toHex, validatorAddress } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestChain, verdictOf } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import type { BlockReport } from './contract/block-report.ts';
import type { VerifiedTransaction } from './machine/transaction.ts';

const crypto = await loadCrypto();
const roles = [['provider'], ['payer', 'laboratory'], ['registrar']] as const;
const clinic = new TestLedger(crypto, roles);
const membersOwn = governedLedger(crypto, {
  ...{ roles, validators: 2 },
  rules: { absenceBlocks: 3, membership: { numerator: 51, denominator: 100 } },
});
/** The ledger that a history is of: a registrar governs one, the members the other. */
let ledger = clinic;
const strangers = [40, 41, 42].map((number) => ledger.makeMember(number));
const everybody = [...ledger.members, ...strangers];

/** A message of any kind, right or wrong. */
function anyMessage(random: SeededRandom): MessageEnvelope {
  const bytes = () => new Uint8Array(32).fill(random.below(40));
  const { id: organisation, service, officer } = random.pick(everybody);
  const passkey = null;
  const key = { kind: random.pick(['service', 'officer', 'device'] as const), passkey };
  const { publicKey } = random.pick([service, officer, random.pick(everybody).service]);
  const made = [
    () => encodeMessage(WriteSlots, { slots: [{ address: bytes(), value: bytes() }] }),
    () =>
      encodeMessage(WriteSlots, {
        slots: [bytes(), bytes(), bytes()].map((address) => ({ address, value: bytes() })),
      }),
    () => {
      const keyPair = crypto.ed25519.keyPair(bytes());
      const signed = signCarriedSlot({ value: bytes(), keyPair }, ledger.realm);
      return encodeMessage(CarrySlot, random.below(4) === 0 ? { ...signed, pk: bytes() } : signed);
    },
    () => {
      const keys = [{ ...key, publicKey: officer.publicKey, kind: 'officer' as const }];
      const account = random.pick([organisation, random.pick(strangers).id]);
      return encodeMessage(OpenAccount, { account, organisation, keys });
    },
    () => encodeMessage(AddKey, { account: organisation, key: { ...key, publicKey } }),
    () => encodeMessage(EndKey, { account: organisation, publicKey, until: null }),
    () => encodeMessage(SuspendOrganisation, { organisation }),
    () => encodeMessage(ReinstateOrganisation, { organisation }),
    () => {
      const { name, roles, endpoints, sealingKey, custodian } =
        ledger.genesis.members[0]!.organisation;
      const profile = { name, roles, endpoints, sealingKey, custodian };
      return encodeMessage(AdmitOrganisation, { organisation, ...profile });
    },
    () => ({ ...encodeMessage(SuspendOrganisation, { organisation }), body: random.bytes(9) }),
    () => encodeMessage(MakeProposal, { action: anyAction(random, organisation) }),
    () => encodeMessage(CastVote, { proposal: 1 + random.below(9), choice: 'yes' }),
    () => encodeMessage(CastVote, { proposal: 1 + random.below(9), choice: 'yes' }),
    () => encodeMessage(UnjailValidator, { organisation }),
    () => encodeMessage(BondStake, { organisation, amount: 1 + random.below(9) }),
    () => encodeMessage(UnbondStake, { organisation, amount: 1 + random.below(9) }),
    () => {
      const key = validatorKey(crypto, random.below(9));
      const signed = signValidatorKey(organisation, key, ledger.realm);
      return encodeMessage(RegisterValidator, { organisation, ...signed });
    },
  ];
  return random.pick(made)();
}

function anyAction(random: SeededRandom, organisation: Uint8Array): Action {
  return random.pick<Action>([
    { kind: 'suspend-organisation', organisation },
    { kind: 'reinstate-organisation', organisation },
    { kind: 'set-roles', organisation, roles: ['payer'] },
    { kind: 'remove-validator', organisation },
    { kind: 'grant-stake', organisation, amount: 10 },
    { kind: 'halt-network' },
    { kind: 'resume-network' },
  ]);
}

/** What a block says of its validators; nothing where a registrar governs. */
function anyReport(random: SeededRandom, height: number, time: number): BlockReport {
  if (ledger.genesis.governance === null) return {};
  const addresses = [0, 1].map((i) => validatorAddress(validatorKey(crypto, i).publicKey, crypto));
  const lastCommit = addresses.map((validator) => ({ validator, isSigned: random.below(2) > 0 }));
  if (random.below(12) > 0) return { lastCommit };
  const where = { validator: random.pick(addresses), height, time, totalPower: 2 };
  return { lastCommit, misbehaviour: [{ kind: 'duplicate-vote', ...where }] };
}

function anyTransaction(random: SeededRandom, time: number): VerifiedTransaction {
  const messages = Array.from({ length: 1 + random.below(3) }, () => anyMessage(random));
  const signer = ({ id, service, officer }: TestMember) => ({
    account: id,
    keyPair: random.pick([service, officer, service, officer]),
  });
  const signers = [signer(random.pick(random.below(3) === 0 ? everybody : ledger.members))];
  return ledger.transaction(messages, signers, time + random.pick([60, 60, 60, 180, 181, 0]));
}

interface History {
  readonly blocks: readonly (readonly VerifiedTransaction[])[];
  readonly times: readonly number[];
  readonly reports: readonly BlockReport[];
}

function anyHistory(seed: number): History {
  const random = seededRandom(seed);
  const earlier: VerifiedTransaction[] = [];
  let time = ledger.genesis.time;
  const times: number[] = [];
  const reports: BlockReport[] = [];
  const blocks = Array.from({ length: 25 }, () => {
    time += random.below(20);
    times.push(time);
    reports.push(anyReport(random, times.length, time));
    return Array.from({ length: random.below(8) }, () => {
      const isReplay = earlier.length > 0 && random.below(10) === 0;
      const transaction = isReplay ? random.pick(earlier) : anyTransaction(random, time);
      earlier.push(transaction);
      return transaction;
    });
  });
  return { blocks, times, reports };
}

interface Trace {
  readonly roots: string[];
  readonly verdicts: string[][];
}

/** Runs a history; `disturb` may do what must not matter before each block. */
function run(
  { blocks, times, reports }: History,
  disturb: (chain: TestChain, height: number) => void,
): Trace {
  const chain = new TestChain(ledger, { retainedHeights: 5 });
  const trace: Trace = { roots: [], verdicts: [] };
  for (const [i, transactions] of blocks.entries()) {
    chain.time = times[i]!;
    disturb(chain, i + 1);
    const { results, appHash } = chain.block(transactions, reports[i]);
    trace.verdicts.push(results.map(verdictOf));
    trace.roots.push(toHex(appHash));
  }
  const entries = [...chain.machine.entries()].map(({ key, value }) => [key, value] as const);
  expect(trace.roots.at(-1)).toBe(toHex(new NaiveStateTree(entries, crypto).root));
  return trace;
}

describe('the same blocks', () => {
  it('give the same roots and results, whatever happens between them', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 16; seed++) {
      ledger = seed % 2 === 0 ? clinic : membersOwn;
      const history = anyHistory(seed);
      const plain = run(history, () => {});
      for (const verdict of plain.verdicts.flat()) seen.add(verdict);
      const random = seededRandom(seed);
      const disturbed = run(history, (chain, height) => {
        const { machine, time } = chain;
        const what = random.below(8);
        if (what === 0) chain.restart();
        if (what === 1) machine.checkpoint();
        if (what === 2) machine.prune(height - 3);
        if (what >= 6) machine.checkpointPart();
        const block = history.blocks[random.below(history.blocks.length)]!;
        if (what === 3)
          machine.execute({ height, time, transactions: block, ...history.reports[0] });
        if (what === 4) {
          for (const transaction of block) {
            try {
              machine.check(transaction, time);
            } catch {
              // Whatever it says, nothing may stay behind.
            }
          }
        }
      });
      expect(disturbed).toEqual(plain);
    }
    // The histories are worth something: most of what can come of a transaction came of one.
    expect(seen.size).toBeGreaterThan(20);
    ledger = clinic;
    expect(seen).toContain('applied');
  });

  it('give the same root in whatever order they write keys that have nothing in common', () => {
    const random = seededRandom(77);
    const chainOf = () => new TestChain(ledger);
    const time = chainOf().time;
    const transactions = Array.from({ length: 30 }, (_, i) => {
      const slots = [{ address: random.bytes(32), value: random.bytes(32) }];
      const member = ledger.members[i % 3]!;
      return ledger.serviceTransaction(member, WriteSlots, { slots }, time);
    });
    const slotsOf = (order: readonly VerifiedTransaction[]) => {
      const chain = chainOf();
      chain.block(order);
      const own = [...chain.machine.entries()].filter(({ key }) => key[1] === 's'.charCodeAt(0));
      return toHex(
        new NaiveStateTree(
          own.map((e) => [e.key, e.value] as const),
          crypto,
        ).root,
      );
    };
    const shuffled = [...transactions].sort((a, b) => Buffer.compare(a.id, b.id));
    expect(slotsOf(shuffled)).toBe(slotsOf(transactions));
    expect(slotsOf([...transactions].reverse())).toBe(slotsOf(transactions));
  });
});
