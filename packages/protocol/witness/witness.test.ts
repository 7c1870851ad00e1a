import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Checkpoint, checkpointOrigin } from './checkpoint.ts';
import { type Cosigned, verifyCosignatures } from './cosignature.ts';
import { WITNESS_HEADERS_MAX, Witness, type WitnessStore } from './witness.ts';
import { checkWitnesses, judgeWitnesses } from './witness-policy.ts';

const crypto = await loadCrypto();
const START = 1_800_000_000;
const NAME = 'example-1';
const ORIGIN = checkpointOrigin(new Uint8Array(32), NAME);
const options = { chain: NAME, start: START, validators: 1, seed: 1, crypto };
const chain = new RotatingChain(options);
const twin = chain.forkedFrom({ from: 5, appHash: new Uint8Array(32).fill(7) });
const clock = { seconds: START, nowMs: () => clock.seconds * 1000 };
const KEYS = [1, 2, 3].map((seed) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)));
const WITNESSES = KEYS.map(({ publicKey }, i) => ({ name: `witness-${i}`, publicKey }));

function memoryStore(): WitnessStore & { readonly heads: Map<string, Checkpoint> } {
  const heads = new Map<string, Checkpoint>();
  return {
    heads,
    load: async (origin) => heads.get(origin),
    save: async (head) => {
      heads.set(head.origin, head);
    },
  };
}

const witnessOf = (index: number, store: WitnessStore = memoryStore()) =>
  new Witness({ name: `witness-${index}`, keyPair: KEYS[index]!, store, clock, crypto });

const headAt = (height: number, of = chain): Checkpoint => ({
  ...{ origin: ORIGIN, height },
  hash: of.hashAt(height),
});
const headers = (from: number, to: number, of = chain) =>
  Array.from({ length: to - from + 1 }, (_, i) => of.blockAt(from + i).header);

beforeEach(() => {
  clock.seconds = START + 100;
});

describe('a witness', () => {
  it('cosigns a line of heads in which each leads to the one before', async () => {
    const witness = witnessOf(0);
    await witness.cosign(headAt(3), headers(3, 3));
    const note = await witness.cosign(headAt(8), headers(4, 8));
    const [cosigned] = verifyCosignatures(note, WITNESSES, crypto);
    expect(cosigned).toEqual({ checkpoint: headAt(8), witness: 'witness-0', time: START + 100 });
    clock.seconds += 50;
    const again = await witness.cosign(headAt(8), []);
    expect(verifyCosignatures(again, WITNESSES, crypto)[0]?.time).toBe(START + 150);
  });

  it('never cosigns two headers of one height, nor a line that leaves its own', async () => {
    const witness = witnessOf(0);
    await witness.cosign(headAt(6), headers(6, 6));
    const refused = (head: Checkpoint, line: ReturnType<typeof headers>) =>
      codeOfAsync(() => witness.cosign(head, line));
    expect(await refused(headAt(6, twin), headers(6, 6, twin))).toBe('WITNESS_SPLIT');
    expect(await refused(headAt(8, twin), headers(7, 8, twin))).toBe('WITNESS_SPLIT');
    expect(await refused(headAt(8), [...headers(7, 7), ...headers(8, 8, twin)])).toBe(
      'WITNESS_SPLIT',
    );
    expect(await refused(headAt(8, twin), headers(7, 8))).toBe('WITNESS_SPLIT');
    expect(await refused(headAt(5), headers(5, 5))).toBe('WITNESS_BEHIND');
    expect(await refused(headAt(8), headers(7, 8))).toBeUndefined();
  });

  it('wants every header between, and not too many at once', async () => {
    const witness = witnessOf(0);
    const refused = (head: Checkpoint, line: ReturnType<typeof headers>) =>
      codeOfAsync(() => witness.cosign(head, line));
    expect(await refused(headAt(2), [])).toBe('WITNESS_GAP');
    expect(await refused(headAt(2), headers(1, 2))).toBe('WITNESS_GAP');
    await witness.cosign(headAt(2), headers(2, 2));
    expect(await refused(headAt(6), headers(4, 6))).toBe('WITNESS_GAP');
    expect(await refused(headAt(6), headers(4, 7))).toBe('WITNESS_GAP');
    expect(await refused(headAt(6), [...headers(3, 5), ...headers(5, 5)])).toBe('WITNESS_GAP');
    const far = { ...headAt(6), height: WITNESS_HEADERS_MAX + 3 };
    const many = new Array(WITNESS_HEADERS_MAX + 1).fill(chain.blockAt(3).header);
    expect(await refused(far, many)).toBe('WITNESS_GAP');
  });

  it('keeps its word over a restart, and of two heads at once follows one', async () => {
    const store = memoryStore();
    await witnessOf(0, store).cosign(headAt(6), headers(6, 6));
    const again = witnessOf(0, store);
    expect(await codeOfAsync(() => again.cosign(headAt(6, twin), []))).toBe('WITNESS_SPLIT');
    const both = await Promise.allSettled([
      again.cosign(headAt(7), headers(7, 7)),
      again.cosign(headAt(7, twin), headers(7, 7, twin)),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('signs nothing that it could not keep', async () => {
    const store = { ...memoryStore(), save: () => Promise.reject(new Error('disk full')) };
    await expect(witnessOf(0, store).cosign(headAt(6), headers(6, 6))).rejects.toThrow('disk full');
  });

  it('keeps the lines of different ledgers apart', async () => {
    const witness = witnessOf(0);
    await witness.cosign(headAt(6), headers(6, 6));
    const origin = checkpointOrigin(new Uint8Array(32).fill(1), NAME);
    await witness.cosign({ ...headAt(5, twin), origin }, headers(5, 5, twin));
  });
});

describe('k of n witnesses', () => {
  const policy = { witnesses: WITNESSES, quorum: 2, ageSecondsMax: 60, clockDriftSeconds: 10 };
  const judge = (notes: readonly string[], of = chain, origin = ORIGIN) => {
    const question = {
      ...{ origin, notes, now: clock.seconds },
      hashAt: (height: number) => (height > 20 ? undefined : of.hashAt(height)),
    };
    return judgeWitnesses(question, policy, crypto);
  };
  const verdict = (...parts: Parameters<typeof judge>) =>
    codeOf(() => checkWitnesses(judge(...parts), policy.quorum));
  const noteOf = (index: number, height: number, of = chain) =>
    witnessOf(index).cosign(headAt(height, of), headers(height, height, of));

  it('confirm what a client believes, at heights of their own', async () => {
    const notes = [await noteOf(0, 8), await noteOf(1, 10)];
    expect(verdict(notes)).toBeUndefined();
    expect(judge(notes).confirmed.map((one: Cosigned) => one.witness)).toEqual([
      'witness-0',
      'witness-1',
    ]);
  });

  it('are too few when one does not answer, or the same one answers twice', async () => {
    expect(verdict([await noteOf(0, 8)])).toBe('WITNESS_QUORUM');
    expect(verdict([await noteOf(0, 8), await noteOf(0, 10)])).toBe('WITNESS_QUORUM');
    expect(verdict([])).toBe('WITNESS_QUORUM');
  });

  it('show a split view when two groups were shown two ledgers', async () => {
    const notes = [await noteOf(0, 8), await noteOf(1, 8), await noteOf(2, 8, twin)];
    expect(verdict(notes)).toBe('WITNESS_SPLIT');
    const [split] = judge(notes).splits;
    expect(split).toMatchObject({ height: 8, hash: chain.hashAt(8), note: notes[2] });
    const [found] = verifyCosignatures(split!.note, WITNESSES, crypto);
    expect(found?.checkpoint.hash).toEqual(twin.hashAt(8));
    expect(verdict(notes, twin)).toBe('WITNESS_SPLIT');
    const before = [await noteOf(0, 4), await noteOf(2, 4, twin)];
    expect(verdict(before)).toBeUndefined();
  });

  it('do not count when their word is old, is replayed, or is of the future', async () => {
    const old = [await noteOf(0, 8), await noteOf(1, 8)];
    clock.seconds += 60;
    expect(verdict(old)).toBeUndefined();
    clock.seconds += 1;
    expect(verdict(old)).toBe('WITNESS_QUORUM');
    clock.seconds -= 72;
    expect(verdict(old)).toBe('WITNESS_QUORUM');
    clock.seconds += 100_000;
    const late = [await noteOf(2, 8, twin)];
    clock.seconds += 100_000;
    expect(verdict(late)).toBe('WITNESS_SPLIT');
  });

  it('do not count with another key, for another ledger, or beyond what is known', async () => {
    const stranger = new Witness({
      ...{ name: 'witness-1', keyPair: KEYS[2]!, store: memoryStore(), clock, crypto },
    });
    const forged = await stranger.cosign(headAt(8), headers(8, 8));
    expect(verdict([await noteOf(0, 8), forged])).toBe('WITNESS_QUORUM');
    const notes = [await noteOf(0, 8), await noteOf(1, 8)];
    expect(verdict(notes, chain, 'ward/other')).toBe('WITNESS_QUORUM');
    expect(verdict([await noteOf(0, 30), await noteOf(1, 30)])).toBe('WITNESS_QUORUM');
    expect(codeOf(() => judge(['no note']))).toBe('NOTE_INVALID');
  });
});
