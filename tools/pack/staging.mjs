// Where packing keeps what it makes, relative to the package's folder. All of it is below dist,
// which git and the linter leave alone.

/** JavaScript, types and assets as they are packed. */
export const STAGED = 'dist/package';
/** package.json as it is in the repository, while the packed one stands in its place. */
export const ORIGINAL_MANIFEST = 'dist/package.json.original';
/** Says that LICENSE was put there by packing. */
export const LICENSE_MARK = 'dist/LICENSE.copied';
