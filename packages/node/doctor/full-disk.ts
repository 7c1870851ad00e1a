import { CUSTODIAN_LIMITS } from '@ward/custodian';
import { VAULT_LIMITS } from '@ward/vault';
import { NODE_LIMITS } from '../limits.ts';
import type { Finding } from './finding.ts';

const MEBIBYTE = 1024 * 1024;

const GOES_ON = 'Make room or enlarge the disk; the server goes on by itself.';
const WANTED = {
  node: {
    bytes: NODE_LIMITS.freeBytesMin,
    next: `${GOES_ON} The setting keep-blocks drops old blocks.`,
  },
  vault: { bytes: VAULT_LIMITS.freeBytesMin, next: GOES_ON },
  custodian: { bytes: CUSTODIAN_LIMITS.freeBytesMin, next: GOES_ON },
} as const;

/** The disk has the room that a server wants to have left: less, and it takes nothing new. */
export async function findFullDisk(
  { home, freeBytes }: { home: string; freeBytes: (folder: string) => Promise<number> },
  kind: keyof typeof WANTED,
): Promise<Finding[]> {
  const free = await freeBytes(home);
  const { bytes: wanted, next } = WANTED[kind];
  if (free >= wanted) return [];
  const [freeText, wantedText] = [free, wanted].map((bytes) => Math.floor(bytes / MEBIBYTE));
  return [
    {
      fault: 'full-disk',
      what: `The disk of ${home} has ${freeText} MiB free; a ${kind} wants ${wantedText} MiB.`,
      why: 'On a full disk nothing becomes durable, so nothing is acknowledged.',
      next,
    },
  ];
}
