import { toHex } from '../bytes.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Digest, Height, NetworkId } from '../units.ts';
import { parseBase64, toBase64 } from './base64.ts';
import { isNoteName } from './signed-note.ts';

/** The head of a ledger, as witnesses cosign it (C2SP `tlog-checkpoint`). */
export interface Checkpoint {
  /** Which ledger: see {@link checkpointOrigin}. */
  readonly origin: string;
  /** Stands where a log says how many entries it has. */
  readonly height: Height;
  /** Hash of the block header of that height, which names the one before it, and so on. */
  readonly hash: Digest;
}

/**
 * `ward/`network id`/`chain: a ledger that another one continues is a new origin.
 *
 * @throws WardError `NOTE_INVALID` for a chain whose name no note can hold.
 */
export function checkpointOrigin(network: NetworkId, chain: string): string {
  const origin = `ward/${toHex(network)}/${chain}`;
  if (!isNoteName(origin)) throw refuse('NOTE_INVALID', { length: origin.length });
  return origin;
}

/** The three lines that are signed. */
export function formatCheckpoint({ origin, height, hash }: Checkpoint): string {
  return `${origin}\n${height}\n${toBase64(hash)}\n`;
}

const HEIGHT = /^[1-9][0-9]{0,15}$/;

/**
 * Reads the text of a checkpoint's note. Lines of extensions are refused: ours have none.
 *
 * @throws WardError `NOTE_INVALID`.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const wrong = refuse('NOTE_INVALID', { length: text.length });
  const [origin = '', size = '', root = '', end, ...rest] = text.split('\n');
  const hash = parseBase64(root);
  const height = HEIGHT.test(size) ? Number(size) : Number.NaN;
  const isWhole = isNoteName(origin) && end === '' && rest.length === 0;
  if (!isWhole || !Number.isSafeInteger(height) || hash?.length !== 32) throw wrong;
  return { origin, height, hash };
}
