// npm runs this in a package's folder before it packs: builds, stages JavaScript with types in
// dist/package, and puts a package.json in place that points there. postpack.mjs undoes the latter.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { restore } from './postpack.mjs';
import { rewriteDeclaration, rewriteManifest, rewriteScript } from './rewrite.mjs';
import { LICENSE_MARK, ORIGINAL_MANIFEST, STAGED } from './staging.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = process.cwd();

function listFiles(path) {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) {
      return ['node_modules', 'dist'].includes(entry.name) ? [] : listFiles(inner);
    }
    return [relative(folder, inner)];
  });
}

function build(files) {
  const projects = files.filter((file) => file.endsWith('tsconfig.json'));
  const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [compiler, '-b', ...projects], { stdio: [0, 2, 2] });
  if (done.status !== 0) throw new Error('the package does not compile: see above');
}

function save(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Copies what was built of one source, with its names changed. */
function stage(source) {
  const stem = source.replace(/\.tsx?$/, '');
  const script = rewriteScript(readFileSync(join('dist', `${stem}.js`), 'utf8'), source);
  save(join(STAGED, `${stem}.js`), script.text);
  const types = readFileSync(join('dist', `${stem}.d.ts`), 'utf8');
  save(join(STAGED, `${stem}.d.ts`), rewriteDeclaration(types));
  for (const asset of script.assets) {
    const path = join(dirname(source), asset);
    if (!existsSync(path)) throw new Error(`${source} names ${asset}, which is not there`);
    mkdirSync(dirname(join(STAGED, path)), { recursive: true });
    copyFileSync(path, join(STAGED, path));
  }
}

function isSource(file) {
  return /\.tsx?$/.test(file) && !/\.(test|d)\.tsx?$/.test(file);
}

restore();
const files = listFiles(folder);
build(files);
rmSync(STAGED, { recursive: true, force: true });
for (const source of files.filter(isSource)) stage(source);

const manifest = readFileSync('package.json', 'utf8');
writeFileSync(ORIGINAL_MANIFEST, manifest);
if (!existsSync('LICENSE')) {
  writeFileSync(LICENSE_MARK, '');
  copyFileSync(join(repository, 'LICENSE'), 'LICENSE');
}
const packed = rewriteManifest(JSON.parse(manifest), `./${STAGED}`);
writeFileSync('package.json', `${JSON.stringify(packed, null, 2)}\n`);
