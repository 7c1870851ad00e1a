import { readFileSync } from 'node:fs';
import { equalBytes, parseHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../memory-storage.ts';
import { Genesis } from '../schema/genesis.ts';
import { StateMachine } from '../state-machine.ts';
import { encodeIdChunk, encodeStateChunk, parseChunk } from './chunk.ts';
import { refuse } from './errors.ts';
import { DEPTH_MAX } from './range-verifier.ts';
import { Snapshot } from './snapshot.ts';

const MANY = inputsFor(300_000);
const SOME = inputsFor(50_000);
const crypto = await loadCrypto();

const file = new URL('../../../vectors/ledger/snapshot.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly genesis: string;
  readonly snapshot: string;
  readonly chunks: readonly string[];
};
const chunks = vectors.chunks.map(parseHex);
const snapshot = Snapshot.decode(parseHex(vectors.snapshot));
const genesis = Genesis.decode(parseHex(vectors.genesis));

/** Parses, and holds what is accepted to its only encoding. */
function parse(bytes: Uint8Array): void {
  const chunk = parseChunk(bytes);
  if (chunk === undefined) throw refuse('SNAPSHOT_INVALID', { chunk: 0 });
  const again = chunk.kind === 'ids' ? encodeIdChunk(chunk.groups) : encoded(chunk);
  if (!equalBytes(again, bytes)) throw new Error('a second encoding');
}

function encoded(chunk: Extract<ReturnType<typeof parseChunk>, { readonly kind: 'state' }>) {
  const hashes = new Uint8Array(chunk.right.buffer);
  const right = Array.from({ length: DEPTH_MAX }, (_, level) => {
    const hash = hashes.subarray(level * 32, level * 32 + 32);
    return hash.every((byte) => byte === 0) ? null : hash;
  });
  const records = chunk.records.map(({ bytes }) => bytes);
  return encodeStateChunk(records, { depth: chunk.depth, right });
}

describe('altered chunks of a snapshot', () => {
  it('are refused with a code, or have one encoding', () => {
    const report = fuzz({ parse, samples: chunks }, { seed: 11, runs: MANY });
    tellFuzz('a chunk of a snapshot', report);
    expect(report.codes.get('SNAPSHOT_INVALID')).toBeGreaterThan(MANY / 10);
    expect(report.accepted).toBeGreaterThan(0);
  });

  it('are never taken by a node, and do not keep it from taking the right ones', () => {
    const machine = StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });
    const intake = machine.snapshots.take({ snapshot, lightBlock: new Uint8Array(1) });
    for (const [i, chunk] of chunks.entries()) {
      const take = (bytes: Uint8Array) => {
        if (equalBytes(bytes, chunk)) return;
        intake.take(bytes);
        throw new Error('another chunk was taken');
      };
      const runs = Math.ceil(SOME / chunks.length);
      const report = fuzz({ parse: take, samples: [chunk] }, { seed: 20 + i, runs });
      tellFuzz(`chunk ${i} of a snapshot`, report);
      intake.take(chunk);
    }
    expect(machine.appHash).toEqual(snapshot.appHash);
  });
});
