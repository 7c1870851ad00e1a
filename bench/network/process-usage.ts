import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Linux counts the CPU of processes in these, whatever its own clock does. */
const TICK_US = 10_000;
const PAGE_BYTES = 4096;
/** Fields of `/proc/<pid>/stat` behind the name of the command. */
const [USER_AT, SYSTEM_AT, RESIDENT_AT] = [11, 12, 21] as const;

/** What a process has used since it began. */
export interface ProcessUsage {
  readonly cpuUs: number;
  readonly residentBytes: number;
}

/** What a process has used, as Linux tells; nothing where there is no such process. */
export function processUsage(pid: number | undefined): ProcessUsage {
  if (pid === undefined) return { cpuUs: 0, residentBytes: 0 };
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = (index: number) => Number(fields[index]);
  return {
    cpuUs: (at(USER_AT) + at(SYSTEM_AT)) * TICK_US,
    residentBytes: at(RESIDENT_AT) * PAGE_BYTES,
  };
}

/** Bytes of all files of a folder. */
export function folderBytes(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true });
  const sizes = files.map((file) => {
    if (!file.isFile()) return 0;
    // A log that is rolled meanwhile is gone.
    return statSync(join(file.parentPath, file.name), { throwIfNoEntry: false })?.size ?? 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}
