// What a packed package needs changed: Node strips no types inside node_modules, so everything that
// names a TypeScript file must name the JavaScript that was made of it.

/** `new URL('./worker.ts', import.meta.url)`: the one way in which code names a file of its own. */
const OWN_FILE = /(new URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\2(\s*,\s*import\.meta\.url)/g;
const DECLARED_IMPORT = /(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])(\.{1,2}\/[^'"]+)\.tsx?\2/g;
const LEFT_OVER = /(['"`])[^'"`\n]*\.tsx?\1/;

function asScript(path) {
  return path.replace(/\.tsx?$/, '.js');
}

/**
 * Built JavaScript with the names of its own files changed.
 *
 * @returns The text, and the other files that it names: they have to be packed as well.
 */
export function rewriteScript(text, file) {
  const assets = [];
  const rewritten = text.replaceAll(OWN_FILE, (_, start, quote, path, end) => {
    if (!/\.tsx?$/.test(path)) assets.push(path);
    return `${start}${quote}${asScript(path)}${quote}${end}`;
  });
  const code = rewritten.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const left = LEFT_OVER.exec(code);
  if (left !== null) {
    throw new Error(
      `${file} names ${left[0]}: write new URL('./file.ts', import.meta.url), which packing knows`,
    );
  }
  return { text: rewritten, assets };
}

/** A declaration file whose imports name JavaScript. */
export function rewriteDeclaration(text) {
  return text.replaceAll(DECLARED_IMPORT, '$1$2$3.js$2');
}

/** Every TypeScript file that a package offers, as types and script below `folder`. */
function rewriteDoor(door, folder) {
  if (typeof door !== 'string') {
    return Object.fromEntries(
      Object.entries(door).map(([condition, inner]) => [condition, rewriteDoor(inner, folder)]),
    );
  }
  if (!/\.tsx?$/.test(door)) return door;
  const script = `${folder}/${asScript(door.replace(/^\.\//, ''))}`;
  return { types: script.replace(/\.js$/, '.d.ts'), default: script };
}

/** The package.json that goes into the packed file. */
export function rewriteManifest(manifest, folder) {
  const { devDependencies: _, scripts: __, exports, bin, ...rest } = manifest;
  const rewritten = { ...rest };
  if (exports !== undefined) rewritten.exports = rewriteDoor(exports, folder);
  if (bin !== undefined) {
    const bins = typeof bin === 'string' ? { [manifest.name.replace(/^@.*\//, '')]: bin } : bin;
    rewritten.bin = Object.fromEntries(
      Object.entries(bins).map(([name, path]) => [
        name,
        `${folder}/${asScript(path.replace(/^\.\//, ''))}`,
      ]),
    );
  }
  return rewritten;
}
