import { readFileSync } from 'node:fs';
import { parseHex, parseTransaction, toHex, verifySignatures } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { describe, expect, it } from 'vitest';
import type { Misbehaviour } from './contract/block-report.ts';
import { MemoryStorage } from './memory-storage.ts';
import { Genesis, networkOf } from './schema/genesis.ts';
import { Outcome } from './schema/outcome.ts';
import { StateMachine } from './state-machine.ts';

const crypto = await loadCrypto();

interface GovernedVectors {
  readonly genesis: unknown;
  readonly genesisBytes: string;
  readonly network: string;
  readonly genesisAppHash: string;
  readonly blocks: readonly {
    readonly height: number;
    readonly time: number;
    readonly transactions: readonly string[];
    readonly report: {
      readonly lastCommit: readonly { validator: string; isSigned: boolean }[] | null;
      readonly misbehaviour:
        | readonly (Omit<Misbehaviour, 'validator'> & { validator: string })[]
        | null;
    };
    readonly outcomes: readonly unknown[];
    readonly validatorUpdates: readonly { publicKey: string; power: number }[];
    readonly appHash: string;
  }[];
  readonly state: readonly (readonly [string, string])[];
}
type VectorBlock = GovernedVectors['blocks'][number];

const file = new URL('../../vectors/ledger/governed.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as GovernedVectors;
const genesis = Genesis.decode(parseHex(vectors.genesisBytes));

function open() {
  const options = { storage: new MemoryStorage(), crypto, genesis };
  return StateMachine.open({ ...options, checksInvariants: true });
}

/** What a node makes of a block that its engine hands to it. */
function execute(machine: StateMachine, { height, time, transactions, report }: VectorBlock) {
  const verified = transactions.map((hex) => {
    const envelope = parseHex(hex);
    const { id, digest, ...parsed } = parseTransaction(envelope, crypto);
    const passkeys = verifySignatures({ id, digest, ...parsed }, crypto);
    return { envelope, id, digest, passkeys };
  });
  const withBytes = <T extends { readonly validator: string }>(all: readonly T[]) =>
    all.map((one) => ({ ...one, validator: parseHex(one.validator) }));
  const { lastCommit, misbehaviour } = report;
  const outcome = machine.execute({
    ...{ height, time, transactions: verified },
    ...(lastCommit === null ? {} : { lastCommit: withBytes(lastCommit) }),
    ...(misbehaviour === null ? {} : { misbehaviour: withBytes(misbehaviour) }),
  });
  machine.commit({ lightBlock: new Uint8Array(1) });
  return outcome;
}

describe('the vectors of a network that its members govern', () => {
  it('begin with a genesis, its network and its state', () => {
    expect(Genesis.fromJson(vectors.genesis)).toEqual(genesis);
    expect(toHex(networkOf(genesis, crypto))).toBe(vectors.network);
    expect(toHex(open().appHash)).toBe(vectors.genesisAppHash);
  });

  it('have the outcomes, the validators’ updates and the app hash of every block', () => {
    const machine = open();
    for (const block of vectors.blocks) {
      const { results, validatorUpdates, appHash } = execute(machine, block);
      expect(results.map(({ data }) => Outcome.toJson(Outcome.decode(data)))).toEqual(
        block.outcomes,
      );
      const updates = validatorUpdates.map(({ publicKey, power }) => {
        return { publicKey: toHex(publicKey), power };
      });
      expect(updates).toEqual(block.validatorUpdates);
      expect(toHex(appHash)).toBe(block.appHash);
    }
    const state = [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
    expect(state).toEqual(vectors.state);
  });

  it('end with a state whose naive root is the last app hash', () => {
    const entries = vectors.state.map(([key, value]) => [parseHex(key), parseHex(value)] as const);
    expect(toHex(new NaiveStateTree(entries, crypto).root)).toBe(vectors.blocks.at(-1)!.appHash);
  });

  it('leave the state as it is in an empty block, and show each kind of update', () => {
    const [, , third, fourth, fifth] = vectors.blocks as readonly VectorBlock[];
    expect(fourth!.appHash).toBe(third!.appHash);
    expect(fourth!.report.lastCommit).not.toBeNull();
    expect(fifth!.validatorUpdates.map(({ power }) => power)).toEqual([0]);
    expect(third!.validatorUpdates.filter(({ power }) => power > 0)).toHaveLength(2);
    const codes = vectors.blocks.flatMap(({ outcomes }) =>
      outcomes.map((one) => {
        const { verdict } = Outcome.fromJson(one);
        return verdict.kind === 'applied' ? 'applied' : verdict.code;
      }),
    );
    expect([...new Set(codes)].sort()).toEqual([
      ...['NETWORK_HALTED', 'PROPOSAL_CLOSED', 'SIGNER_ROLE', 'applied'],
    ]);
  });
});
