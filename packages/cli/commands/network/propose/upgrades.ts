import { LEDGER_LIMITS } from '@ward/ledger/schema';
import { encodeUtf8, parseHex, word } from '@ward/protocol';
import { refuse } from '../../../errors.ts';
import { badForm, hex, integer, optional, text } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';
import { defineProposal, planOf } from './define-proposal.ts';

const HEIGHTS = { min: 2, max: Number.MAX_SAFE_INTEGER };
const RELEASE_FORM = word('the name of a release, at most 32 bytes');

export const proposeUpgrade = defineProposal({
  name: 'upgrade',
  summary: 'Propose that another release executes the ledger from a height on',
  details:
    'At the height every node of the old release stops by itself, and goes on once its operator ' +
    'starts the new one. Name what operators can check: the SHA-256 of what they install.',
  args: { release: text('RELEASE', 'name by which the new software knows itself') },
  options: {
    height: optional(integer('HEIGHT', HEIGHTS, 'the first height that it executes')),
    digest: optional(hex('HEX', { bytes: 32 }, 'SHA-256 of what operators install')),
  },
  examples: [`ward network propose upgrade ward-2 --height 120000 --digest ${'4f'.repeat(32)}`],
  async plan({ args: { release: name }, options: { height, digest } }) {
    if (height === undefined) throw refuse('FLAG_NEEDED', { flag: word('--height') });
    if (digest === undefined) throw refuse('FLAG_NEEDED', { flag: word('--digest') });
    if (encodeUtf8(name).length > LEDGER_LIMITS.releaseBytesMax) {
      throw badForm(word('RELEASE'), RELEASE_FORM);
    }
    return planOf(
      { kind: 'plan-upgrade', name, height, digest: parseHex(digest) },
      `run release ${printable(name)} from height ${height} on`,
    );
  },
});

export const proposeCancelUpgrade = defineProposal({
  name: 'cancel-upgrade',
  summary: 'Propose to go on with the release of now: there is no plan any more',
  plan: async () => planOf({ kind: 'cancel-upgrade' }, 'cancel the upgrade that is planned'),
});

export const proposeHalt = defineProposal({
  name: 'halt',
  summary: 'Propose that only proposals and votes are taken from then on: an emergency',
  details: 'Blocks go on. Nobody writes or opens anything until the members let the network go on.',
  plan: async () => planOf({ kind: 'halt-network' }, 'halt the network'),
});

export const proposeResume = defineProposal({
  name: 'resume',
  summary: 'Propose that a halted network goes on',
  plan: async () => planOf({ kind: 'resume-network' }, 'let the network go on'),
});
