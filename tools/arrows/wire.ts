// `npm run wire` after a package or a tsconfig.json was added: the root references every project,
// and every published package can be packed. What belongs below what stays in arrows.ts, by hand.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../repository.ts';
import { listFiles } from '../tidy/source-file.ts';
import { PUBLISHED } from './manifests.ts';

type Json = { [field: string]: unknown };

function change(path: string, work: (json: Json) => Json): void {
  const file = join(REPOSITORY, path);
  const before = readFileSync(file, 'utf8');
  const after = JSON.stringify(work(JSON.parse(before) as Json), null, 2);
  if (after !== JSON.stringify(JSON.parse(before), null, 2)) writeFileSync(file, `${after}\n`);
}

/** The manifest with what packing needs, behind the doors that it offers. */
function published(manifest: Json): Json {
  if (manifest.private === true) return manifest;
  const { files, license, prepack, postpack } = PUBLISHED;
  const scripts = { ...(manifest.scripts as object), prepack, postpack };
  const entries = Object.entries({ ...manifest, license, files, scripts });
  const packing = new Set(['files', 'scripts']);
  const others = entries.filter(([field]) => !packing.has(field));
  const behind = others.findLastIndex(([field]) => field === 'exports' || field === 'bin') + 1;
  const own = entries.filter(([field]) => packing.has(field));
  return Object.fromEntries([...others.slice(0, behind), ...own, ...others.slice(behind)]);
}

const files = listFiles();
const manifests = files.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
const projects = files
  .filter((path) => path.endsWith('/tsconfig.json'))
  .map((path) => ({ path: path.slice(0, -'/tsconfig.json'.length) }));
change('tsconfig.json', (json) => ({
  ...json,
  references: [...projects, { path: 'tsconfig.tests.json' }],
}));
change('tsconfig.tests.json', (json) => ({ ...json, references: projects }));
for (const path of manifests) change(path, published);
const linter = join(REPOSITORY, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
const written = ['tsconfig.json', 'tsconfig.tests.json', ...manifests];
spawnSync(process.execPath, [linter, 'check', '--write', ...written], { cwd: REPOSITORY });
