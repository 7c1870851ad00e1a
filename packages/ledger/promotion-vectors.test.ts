import { readFileSync } from 'node:fs';
import { LightBlock, parseHex, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from './memory-storage.ts';
import { Genesis, networkOf } from './schema/genesis.ts';
import { genesisOf, PromotionPlan, planDigest, planOf } from './schema/promotion.ts';
import { Snapshot } from './snapshot/snapshot.ts';
import { StateMachine } from './state-machine.ts';

const crypto = await loadCrypto();

interface PromotionVectors {
  readonly plan: unknown;
  readonly planBytes: string;
  readonly planDigest: string;
  readonly oldGenesis: string;
  readonly last: string;
  readonly genesis: unknown;
  readonly genesisBytes: string;
  readonly snapshot: string;
  readonly chunks: readonly string[];
  readonly height: number;
  readonly appHash: string;
  readonly written: readonly (readonly [string, string])[];
}

const file = new URL('../../vectors/ledger/promotion.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as PromotionVectors;
const { header: last } = LightBlock.decode(parseHex(vectors.last));
const genesis = Genesis.decode(parseHex(vectors.genesisBytes));

describe('the promotion of the vectors', () => {
  it('has the digest of its plan, and is of the network of the old genesis', () => {
    const plan = PromotionPlan.fromJson(vectors.plan);
    expect(toHex(PromotionPlan.encode(plan))).toBe(vectors.planBytes);
    expect(toHex(planDigest(plan, crypto))).toBe(vectors.planDigest);
    const old = Genesis.decode(parseHex(vectors.oldGenesis));
    expect(plan.network).toEqual(networkOf(old, crypto));
    expect(plan.predecessor).toBe(old.chain);
  });

  it('makes the genesis of its plan and the last header, and the plan of that genesis', () => {
    const plan = PromotionPlan.decode(parseHex(vectors.planBytes));
    const made = genesisOf(plan, last, crypto);
    expect(toHex(Genesis.encode(made))).toBe(vectors.genesisBytes);
    expect(Genesis.fromJson(vectors.genesis)).toEqual(made);
    expect(planOf(genesis)).toEqual(plan);
  });

  it('begins with the state of the chunks and what the genesis writes', () => {
    const machine = StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });
    const snapshot = Snapshot.decode(parseHex(vectors.snapshot));
    machine.beginWith({ last, snapshot, chunks: vectors.chunks.map(parseHex) });
    expect([machine.height, toHex(machine.appHash)]).toEqual([vectors.height, vectors.appHash]);
    for (const [key, value] of vectors.written) {
      expect(toHex(machine.prove(parseHex(key)).value!)).toBe(value);
      expect(machine.prove(parseHex(key), machine.height - 1).value).not.toEqual(parseHex(value));
    }
  });
});
