import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { equalBytes, validatorAddress } from '@ward/protocol';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';
import type { StoredLedger } from './stored-ledger.ts';

const KEY_FILE = 'validator.key';
/** Folders beside a home that are looked into. */
const FOLDERS_MAX = 1000;

/** The key that votes lies in one home, and nobody else votes with it. */
export function findDoubleKey(
  examined: ExaminedHome,
  stored: StoredLedger | undefined,
  answers: readonly NodeAnswer[],
): Finding[] {
  const twins = homesBeside(examined.home).filter((home) => hasSameKey(home, examined));
  return [
    ...twins.map((home) => finding(`${home} has the same ${KEY_FILE}.`)),
    ...votesElsewhere(examined, stored, answers),
  ];
}

/** Homes of nodes that stand beside this one, or in a folder beside its organisation's. */
function homesBeside(home: string): string[] {
  const [own, organisation] = [resolve(home), dirname(resolve(home))];
  const around = [organisation, dirname(organisation)].flatMap(foldersIn);
  const homes = around.flatMap((folder) => [folder, join(folder, 'node')]);
  return [...new Set(homes)].filter((each) => each !== own);
}

function foldersIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).slice(0, FOLDERS_MAX);
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function hasSameKey(home: string, { files }: ExaminedHome): boolean {
  try {
    return equalBytes(readFileSync(join(home, KEY_FILE)), files.validatorSeed);
  } catch {
    return false;
  }
}

/** While this node does not run, nobody has its vote. */
function votesElsewhere(
  { isRunning, files, crypto }: ExaminedHome,
  stored: StoredLedger | undefined,
  answers: readonly NodeAnswer[],
): Finding[] {
  if (isRunning) return [];
  const { publicKey } = crypto.ed25519.keyPair(files.validatorSeed);
  const own = validatorAddress(publicKey, crypto);
  const known = stored?.height ?? 0;
  const seen = answers.filter(({ newest }) => {
    const votes = newest?.commit.signatures ?? [];
    const isVoted = votes.some(({ flag, validator }) => {
      return flag === 'commit' && equalBytes(validator, own);
    });
    return isVoted && newest!.header.height > known + 1;
  });
  return seen.slice(0, 1).map(({ origin, newest }) => {
    const { height } = newest!.header;
    return finding(`${origin} shows height ${height} with a vote of it, and this node is stopped.`);
  });
}

function finding(what: string): Finding {
  return {
    fault: 'double-key',
    what: `The key of this validator is in use twice: ${what}`,
    why:
      'A key that stands under two blocks of one height costs its organisation the stake, and is ' +
      'removed for good.',
    next:
      'Start none of the two before you know which one signed last; keep that home, and give the ' +
      'other a key of its own.',
  };
}
