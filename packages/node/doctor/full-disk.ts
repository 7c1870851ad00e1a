import { NODE_LIMITS } from '../limits.ts';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

const MEBIBYTE = 1024 * 1024;

/** The disk has the room below which a node calls itself not ready. */
export async function findFullDisk({ home, freeBytes }: ExaminedHome): Promise<Finding[]> {
  const free = await freeBytes(home);
  const wanted = NODE_LIMITS.freeBytesMin;
  if (free >= wanted) return [];
  const [freeText, wantedText] = [free, wanted].map((bytes) => Math.floor(bytes / MEBIBYTE));
  return [
    {
      fault: 'full-disk',
      what: `The disk of ${home} has ${freeText} MiB free; a node wants ${wantedText} MiB.`,
      why: 'On a full disk nothing becomes durable, so nothing is acknowledged: the node waits.',
      next:
        'Make room or enlarge the disk; the node goes on by itself. The setting keep-blocks ' +
        'drops old blocks.',
    },
  ];
}
