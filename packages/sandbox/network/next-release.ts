import { registerHooks } from 'node:module';
import { NEXT_RELEASE } from './next-release-name.ts';

// Loaded before a node: the same software under the name of the next release. The walk has nothing
// else to upgrade to; what a release may change, and how records are migrated, tests of the ledger
// show.

const OWN_NAME = /export const RELEASE = '[^']*'/;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/schema\/release\.[jt]s$/.test(url) || loaded.source == null) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
    return {
      ...loaded,
      source: source.replace(OWN_NAME, `export const RELEASE = '${NEXT_RELEASE}'`),
    };
  },
});
