import { cliDocument } from './cli.ts';
import { errorsDocument } from './errors.ts';

/** Documents that are made from the code as a whole, once all packages are loaded. */
export const WHOLE_DOCUMENTS: { readonly [path: string]: () => string } = {
  'docs/cli.md': cliDocument,
  'docs/errors.md': errorsDocument,
};
