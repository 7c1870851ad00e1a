import { readFileSync } from 'node:fs';
import { concatBytes, parseHex, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../memory-storage.ts';
import { Genesis } from '../schema/genesis.ts';
import { StateMachine } from '../state-machine.ts';
import { parseChunk } from './chunk.ts';
import { Snapshot } from './snapshot.ts';

const crypto = await loadCrypto();

interface SnapshotVectors {
  readonly genesis: string;
  readonly bodyBytes: number;
  readonly snapshot: string;
  readonly chunks: readonly string[];
  readonly hash: string;
  readonly state: readonly (readonly [string, string])[];
}

const file = new URL('../../../vectors/ledger/snapshot.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as SnapshotVectors;
const chunks = vectors.chunks.map(parseHex);
const genesis = Genesis.decode(parseHex(vectors.genesis));
const snapshot = Snapshot.decode(parseHex(vectors.snapshot));

const open = () => StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });

describe('the snapshot of the vectors', () => {
  it('is taken by a node that has the genesis alone, chunk by chunk', () => {
    const machine = open();
    const intake = machine.snapshots.take({ snapshot, lightBlock: new Uint8Array(1) });
    const taken = chunks.map((chunk) => intake.take(chunk));
    expect(taken).toEqual(chunks.map((_, i) => i === chunks.length - 1));
    expect(machine.appHash).toEqual(snapshot.appHash);
    const state = [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
    expect(state).toEqual(vectors.state);
  });

  it('has the hash of its chunks, which are of the length that was told', () => {
    const digests = chunks.map((chunk) => crypto.sha256(chunk));
    expect(toHex(crypto.sha256(concatBytes(...digests)))).toBe(vectors.hash);
    const kinds = chunks.map((chunk) => parseChunk(chunk)!.kind);
    expect(kinds.filter((kind) => kind === 'state')).toHaveLength(snapshot.stateChunks);
    expect(kinds.filter((kind) => kind === 'ids')).toHaveLength(snapshot.idChunks);
    for (const chunk of chunks.map((bytes) => parseChunk(bytes)!)) {
      if (chunk.kind !== 'state') continue;
      const body = chunk.records.reduce((sum, { bytes }) => sum + bytes.length, 0);
      if (chunk.records.length > 1) expect(body).toBeLessThanOrEqual(vectors.bodyBytes);
    }
  });

  it('is refused without its first chunk, and where two of them change places', () => {
    const first = open().snapshots.take({ snapshot, lightBlock: new Uint8Array(1) });
    expect(codeOf(() => first.take(chunks[1]!))).toBe('SNAPSHOT_INVALID');
    const second = open().snapshots.take({ snapshot, lightBlock: new Uint8Array(1) });
    second.take(chunks[0]!);
    expect(codeOf(() => second.take(chunks[2]!))).toBe('SNAPSHOT_INVALID');
  });
});
