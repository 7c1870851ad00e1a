import {
  type BlockReport,
  MemoryStorage,
  StateMachine,
  type VerifiedTransaction,
} from '@ward/ledger';
import {
  type Action,
  CastVote,
  encodeMessage,
  Genesis,
  MakeProposal,
  Outcome,
  RegisterValidator,
  signValidatorKey,
  UnbondStake,
  WriteSlots,
} from '@ward/ledger/schema';
import { type Crypto, toHex } from '@ward/protocol';
import { governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import { TEST_TIME, type TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import type { VectorFile, VectorJson } from './vector-file.ts';

interface Block extends BlockReport {
  readonly time: number;
  readonly transactions: readonly VerifiedTransaction[];
}

/** Members by stake, three of whom make blocks. */
function madeLedger(crypto: Crypto): TestLedger {
  return governedLedger(crypto, {
    roles: [['provider'], ['payer'], ['laboratory'], ['regulator']],
    validators: 3,
    rules: {
      ...{ weighting: 'stake', stakePerPower: 10, bondMin: 10, absenceBlocks: 2 },
      ...{ misbehaviourSlash: { numerator: 1, denominator: 3 } },
    },
    stakes: [100, 200, 300].map((bonded) => ({ free: 7, bonded })),
  });
}

/** Proposals of several kinds, votes, a key that changes, evidence, absence and a halt. */
function madeBlocks(ledger: TestLedger, crypto: Crypto): Block[] {
  const [first, second, third, fourth, regulator] = ledger.members as [
    ...[TestMember, TestMember, TestMember, TestMember, TestMember],
  ];
  const times = [5, 10, 15, 20, 25, 30].map((after) => TEST_TIME + after);
  const propose = (member: TestMember, action: Action, time: number) =>
    ledger.officerTransaction(member, MakeProposal, { action }, time);
  const vote = (member: TestMember, proposal: number, time: number) =>
    ledger.officerTransaction(member, CastVote, { proposal, choice: 'yes' }, time);
  const grant: Action = { kind: 'grant-stake', organisation: fourth.id, amount: 50 };
  const key = signValidatorKey(second.id, validatorKey(crypto, 1, 1), ledger.realm);
  const register = { organisation: second.id, ...key };
  const unbond = { organisation: first.id, amount: 30 };
  const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
  const write = (time: number) => ledger.serviceTransaction(second, WriteSlots, { slots }, time);
  const [a, b, c, d, e, f] = times as [number, number, number, number, number, number];
  const votes = ledger.genesis.governance!.validators.map(({ publicKey }) => {
    return { validator: crypto.sha256(publicKey).slice(0, 20), isSigned: true };
  });
  const address = crypto.sha256(validatorKey(crypto, 2).publicKey).slice(0, 20);
  const double = { kind: 'duplicate-vote' as const, validator: address, totalPower: 60 };
  return [
    { time: a, transactions: [propose(first, grant, a), vote(second, 1, a), vote(third, 1, a)] },
    { time: b, transactions: [vote(regulator, 1, b), vote(fourth, 1, b), vote(first, 1, b)] },
    {
      time: c,
      transactions: [
        ledger.officerTransaction(second, RegisterValidator, register, c),
        ledger.officerTransaction(first, UnbondStake, unbond, c),
      ],
      lastCommit: votes.map((one, i) => ({ ...one, isSigned: i !== 0 })),
    },
    { time: d, transactions: [], lastCommit: votes },
    { time: e, transactions: [], misbehaviour: [{ ...double, height: 2, time: b }] },
    {
      time: f,
      transactions: [
        propose(fourth, { kind: 'halt-network' }, f),
        ...[second, third].map((member) => vote(member, 2, f)),
        write(f),
        ledger.transaction(
          [encodeMessage(CastVote, { proposal: 2, choice: 'no' })],
          [{ account: first.id, keyPair: first.officer }],
          f + 60,
        ),
      ],
    },
  ];
}

function reportJson({ lastCommit, misbehaviour }: BlockReport): VectorJson {
  return {
    lastCommit:
      lastCommit?.map(({ validator, isSigned }) => ({ validator: toHex(validator), isSigned })) ??
      null,
    misbehaviour: misbehaviour?.map((one) => ({ ...one, validator: toHex(one.validator) })) ?? null,
  };
}

/** A network that its members govern, block by block: what it makes of votes and evidence. */
export function governedVectors(crypto: Crypto): VectorFile {
  const ledger = madeLedger(crypto);
  const { genesis } = ledger;
  const machine = StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });
  const genesisAppHash = toHex(machine.appHash);
  const blocks = madeBlocks(ledger, crypto).map((block, index): VectorJson => {
    const outcome = machine.execute({ height: index + 1, ...block });
    machine.commit({ lightBlock: new Uint8Array(1) });
    return {
      height: index + 1,
      time: block.time,
      transactions: block.transactions.map(({ envelope }) => toHex(envelope)),
      report: reportJson(block),
      outcomes: outcome.results.map(
        ({ data }) => Outcome.toJson(Outcome.decode(data)) as VectorJson,
      ),
      validatorUpdates: outcome.validatorUpdates.map(({ publicKey, power }) => {
        return { publicKey: toHex(publicKey), power };
      }),
      appHash: toHex(outcome.appHash),
    };
  });
  const state = [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
  const genesisBytes = toHex(Genesis.encode(genesis));
  const json = Genesis.toJson(genesis) as VectorJson;
  const network = toHex(ledger.realm.network);
  const content = { genesis: json, genesisBytes, network, genesisAppHash, blocks, state };
  return { path: 'ledger/governed.json', content };
}
