import { readFileSync } from 'node:fs';
import {
  fromJson,
  parseHex,
  parseTransaction,
  stateProofField,
  toHex,
  verifySignatures,
  verifyState,
  word,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { NaiveStateTree } from '@ward/testkit/naive-state-tree';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from './memory-storage.ts';
import { Genesis, networkOf } from './schema/genesis.ts';
import { Outcome } from './schema/outcome.ts';
import { StateMachine } from './state-machine.ts';

const crypto = await loadCrypto();

interface ChainVectors {
  readonly genesis: unknown;
  readonly genesisBytes: string;
  readonly network: string;
  readonly genesisAppHash: string;
  readonly blocks: readonly {
    readonly height: number;
    readonly time: number;
    readonly transactions: readonly string[];
    readonly results: readonly { code: number; data: string; outcome: unknown }[];
    readonly slots: readonly string[];
    readonly appHash: string;
  }[];
  readonly state: readonly (readonly [string, string])[];
  readonly proofs: readonly { key: string; value: string | null; proof: unknown }[];
}

const file = new URL('../../vectors/ledger/chain.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as ChainVectors;
const genesis = Genesis.decode(parseHex(vectors.genesisBytes));

/** What a node does with an envelope that arrives. */
function arrive(hex: string) {
  const envelope = parseHex(hex);
  const parsed = parseTransaction(envelope, crypto);
  const passkeys = verifySignatures(parsed, crypto);
  return { envelope, id: parsed.id, digest: parsed.digest, passkeys };
}

function open() {
  return StateMachine.open({
    storage: new MemoryStorage(),
    crypto,
    genesis,
    checksInvariants: true,
  });
}

describe('the vectors of a chain', () => {
  it('begin with a genesis, its network and its state', () => {
    expect(Genesis.fromJson(vectors.genesis)).toEqual(genesis);
    expect(toHex(networkOf(genesis, crypto))).toBe(vectors.network);
    expect(toHex(open().appHash)).toBe(vectors.genesisAppHash);
  });

  it('have the results, slots and app hash of every block', () => {
    const machine = open();
    for (const { height, time, transactions, results, slots, appHash } of vectors.blocks) {
      const outcome = machine.execute({ height, time, transactions: transactions.map(arrive) });
      machine.commit({ lightBlock: new Uint8Array(1) });
      expect(outcome.results.map(({ code, data }) => [code, toHex(data)])).toEqual(
        results.map(({ code, data }) => [code, data]),
      );
      for (const { data, outcome } of results) {
        expect(Outcome.toJson(Outcome.decode(parseHex(data)))).toEqual(outcome);
      }
      expect(outcome.slots.map(toHex)).toEqual(slots);
      expect(toHex(outcome.appHash)).toBe(appHash);
    }
    const state = [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
    expect(state).toEqual(vectors.state);
  });

  it('end with a state whose naive root is the last app hash, and proofs under it', () => {
    const last = vectors.blocks.at(-1)!.appHash;
    const entries = vectors.state.map(([key, value]) => [parseHex(key), parseHex(value)] as const);
    expect(toHex(new NaiveStateTree(entries, crypto).root)).toBe(last);
    for (const { key, value, proof } of vectors.proofs) {
      const claim = {
        key: parseHex(key),
        value: value === null ? null : parseHex(value),
        proof: fromJson(stateProofField, proof, word('proof')),
      };
      expect(verifyState(claim, parseHex(last), crypto)).toBe(true);
    }
    expect(vectors.proofs.map(({ value }) => value === null)).toEqual([false, false, true]);
  });

  it('show the outcomes that there are: applied, and refused for many reasons', () => {
    const codes = new Set<string>();
    for (const { outcome } of vectors.blocks.flatMap(({ results }) => results)) {
      const { verdict } = Outcome.fromJson(outcome);
      codes.add(verdict.kind === 'applied' ? 'applied' : verdict.code);
    }
    expect([...codes].sort()).toEqual([
      'ORGANISATION_SUSPENDED',
      'ORGANISATION_WITHOUT_ACCOUNT',
      'SIGNER_UNKNOWN',
      'SLOT_TAKEN',
      'TRANSACTION_EXPIRED',
      'TRANSACTION_REPLAYED',
      'applied',
    ]);
  });
});
