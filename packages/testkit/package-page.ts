import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const NOT_OURS = ['dist', 'node_modules'];

/** The page of the package in a folder. */
export function pageOf(folder: string): string {
  return readFileSync(`${folder}/README.md`, 'utf8');
}

/** What the first example of a package's page prints, run as it stands. */
export function exampleOutput(folder: string): string {
  const [, code] = /```ts\n([\s\S]+?)```/.exec(pageOf(folder))!;
  const flags = ['--input-type=module-typescript', '--eval', code!];
  return execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8' });
}

/** Folders to which a package's page does not lead, and rows of it that name no file there is. */
export function missingOnPage(folder: string): string[] {
  const page = pageOf(folder);
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.parentPath === folder)
    .map(({ name }) => name)
    .filter((name) => !NOT_OURS.includes(name));
  const files = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const isUnknown = (row: string) => !files.has(/[a-z-]+\.ts(?=` \|$)/.exec(row)?.[0] ?? '');
  return [...folders.filter((name) => !page.includes(`\`${name}/\``)), ...rows.filter(isUnknown)];
}
