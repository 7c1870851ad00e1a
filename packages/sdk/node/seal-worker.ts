import { parentPort } from 'node:worker_threads';
import type { BodySink, SealedUnit } from '@ward/charts';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { sealHere } from '../records/seal-units.ts';
import type { FromSealThread, SealJob } from './seal-messages.ts';

const crypto = await loadCrypto();
const port = parentPort!;

/** What is too large for memory is not for threads: it would stream through two of them. */
const NO_SINK: BodySink = {
  put: () => Promise.reject(new Error('a thread has nowhere to stream to')),
};

function send(message: FromSealThread, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function seal({ network, header, author, units, bytes }: SealJob): Promise<SealedUnit[]> {
  let at = 0;
  const wanted = units.map(({ caption, records }) => ({
    caption,
    records: records.map((metadata) => {
      const own = bytes.subarray(at, at + metadata.sizeBytes);
      at += metadata.sizeBytes;
      return { metadata, open: () => [own] };
    }),
  }));
  const sealUnits = sealHere(systemRandom, { network, crypto });
  return sealUnits({ units: wanted, author, header }, NO_SINK);
}

let last = Promise.resolve();
port.on('message', (job: SealJob) => {
  last = last.then(() => answer(job));
});

/** Whoever asked seals what failed here once more, and learns why. */
async function answer(job: SealJob): Promise<void> {
  const { number } = job;
  const units = await seal(job).catch(() => undefined);
  const packed = units?.flatMap((unit) => (unit.packed === null ? [] : [unit.packed.buffer]));
  send({ kind: 'sealed', number, units }, packed as ArrayBuffer[] | undefined);
}

send({ kind: 'ready' });
