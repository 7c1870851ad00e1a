import { WriteSlots } from '@ward/ledger/schema';
import { parseTransaction, verifySignatures } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './embedded/ingress/frames.ts';
import { encodeRefusal, SubmitAnswers } from './embedded/ingress/submit-answers.ts';
import { FileSigningGuard } from './embedded/signing-guard.ts';
import { refuse } from './errors.ts';
import { FileStorage } from './storage/file-storage.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const RUNS = inputsFor(1_000_000);
/** Each makes a disk first. */
const DISK_RUNS = inputsFor(100_000);

function envelopes(): Uint8Array[] {
  return [1, 2, 20].map((count) => {
    const slots = Array.from({ length: count }, (_, i) => {
      const address = crypto.sha256(Uint8Array.of(count, i));
      return { address, value: address };
    });
    return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, 1_800_000_000)
      .envelope;
  });
}

/** A small file of the home, as a disk with nothing else on it. */
function diskWith(path: string, bytes: Uint8Array): SimulatedDisk {
  const disk = new SimulatedDisk({ random: seededRandom(1) });
  disk.replace(path, bytes);
  return disk;
}

describe('what anybody may send, and what may stand on a disk', () => {
  it('is a transaction, or is refused by a code: frames of a socket', () => {
    const report = fuzz(
      {
        parse: (stream) => {
          const reader = new FrameReader();
          reader.push(stream);
          for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
            verifySignatures(parseTransaction(frame, crypto), crypto);
          }
        },
        samples: envelopes().map(encodeFrame),
      },
      { seed: 1, runs: RUNS },
    );
    tellFuzz('frames', report);
    expect(report.codes.get('FRAME_INVALID')).toBeGreaterThan(RUNS / 1000);
    expect(report.codes.get('TRANSACTION_SIGNATURE')).toBeGreaterThan(RUNS / 1000);
  });

  it('is an answer, or is refused by a code: what a node sends back', () => {
    const refusal = encodeRefusal(refuse('ENGINE_BUSY', { waiting: 3 }));
    const answer = SubmitAnswers.encode({
      height: 7,
      committed: [
        { frame: 1, index: 0, refusal: null },
        { frame: 300, index: 70_000, refusal },
      ],
      refused: [{ frame: 2, refusal }],
    });
    const report = fuzz(
      { parse: SubmitAnswers.decode, samples: [answer] },
      { seed: 2, runs: RUNS },
    );
    tellFuzz('SubmitAnswers', report);
    expect(report.codes.size).toBeGreaterThan(5);
  });

  it('is a signing state, or is refused by a code: the file of the guard', async () => {
    const path = '/ward/validator-state';
    const disk = diskWith(path, new Uint8Array(0));
    const guard = new FileSigningGuard(path, disk);
    for (const height of [4, 5]) await guard.record({ height, hash: new Uint8Array(32) });
    const report = fuzz(
      {
        parse: (bytes) => new FileSigningGuard(path, diskWith(path, bytes)).last,
        samples: [disk.load(path)!],
      },
      { seed: 3, runs: DISK_RUNS },
    );
    tellFuzz('FileSigningGuard', report);
    expect(report.codes.get('SIGNING_STATE_INVALID')).toBeGreaterThan(10);
  });

  it('is a head of the log, or is refused by a code: the file that says where it starts', () => {
    const disk = diskWith('/ledger/other', new Uint8Array(0));
    new FileStorage({ folder: '/ledger', disk });
    const sample = disk.load('/ledger/head')!;
    const report = fuzz(
      {
        parse: (bytes) => new FileStorage({ folder: '/l', disk: diskWith('/l/head', bytes) }).size,
        samples: [sample],
      },
      { seed: 4, runs: DISK_RUNS },
    );
    tellFuzz('FileStorage', report);
    expect(report.codes.get('STORAGE_DAMAGED')).toBeGreaterThan(DISK_RUNS / 100);
  });
});
