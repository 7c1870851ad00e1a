import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

/** A node among others runs on CometBFT: there has to be one. */
export function findMissingEngine({ files, engine }: ExaminedHome): Finding[] {
  const { pinned, other } = engine();
  if (files.peering === null || pinned !== undefined || other !== undefined) return [];
  return [
    {
      fault: 'missing-engine',
      what: 'CometBFT is neither on the PATH nor in the cache of this software.',
      why: 'The node agrees with the others through it, and does not start without it.',
      next: 'Run npm run engine:install in a clone of Ward, or put that cometbft on the PATH.',
    },
  ];
}
