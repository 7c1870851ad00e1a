import { readFileSync } from 'node:fs';
import * as ledgerSchema from '@ward/ledger/schema';
import * as protocol from '@ward/protocol';
import { type Crypto, toHex, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { arrange, DECIDE_CASES, type DecideArguments } from '@ward/testkit/decide-cases';
import { type Mutant, mutantsOf, runModule } from '@ward/testkit/mutants';
import { describe, expect, it } from 'vitest';
import * as erasedSet from '../erasure/erased-set.ts';
import * as chartErrors from '../errors.ts';
import * as grant from '../grant/grant.ts';
import * as roster from '../grant/roster.ts';
import * as chartHeader from '../header/chart-header.ts';
import * as current from '../header/current.ts';
import * as limits from '../limits.ts';
import * as objects from '../objects.ts';
import * as releasePoint from '../release/release-point.ts';
import * as manifest from '../unit/manifest.ts';
import type * as Decide from './decide.ts';
import { decide } from './decide.ts';
import * as entry from './entry.ts';
import * as errors from './errors.ts';

// Every guard, operand and comparison of the rules is taken away or moved by one, one at a time:
// for each such change there must be a case whose verdict it alters. A rule that no case defends
// would fail here.

const crypto: Crypto = await loadCrypto();
const modules = {
  '@ward/ledger/schema': ledgerSchema,
  '@ward/protocol': protocol,
  '../erasure/erased-set.ts': erasedSet,
  '../errors.ts': chartErrors,
  '../grant/grant.ts': grant,
  '../grant/roster.ts': roster,
  '../header/chart-header.ts': chartHeader,
  '../header/current.ts': current,
  '../limits.ts': limits,
  '../objects.ts': objects,
  '../release/release-point.ts': releasePoint,
  '../unit/manifest.ts': manifest,
  './chart-header.ts': chartHeader,
  './entry.ts': entry,
  './errors.ts': errors,
  './request.ts': {},
};

type Rules = Pick<typeof Decide, 'decide'>;

/** A file of rules: its text, `decide` with another text of it, and what alters no verdict. */
interface RuleFile {
  readonly path: string;
  readonly decideWith: (source: string) => Rules;
  readonly equivalent: { readonly [change: string]: string };
}

const decidePath = 'decide.ts';
const decideSource = readFileSync(new URL(decidePath, import.meta.url), 'utf8');

const RULE_FILES: readonly RuleFile[] = [
  {
    path: decidePath,
    decideWith: (source) => runModule(decidePath, source, modules) as Rules,
    equivalent: {
      'grant.conditions.length > 0 → false': 'no condition is known, so none decodes',
      'grant.conditions.length > 0 → (grant.conditions.length < 0)': 'the same',
      'point === null → false': 'without a point there is no key that a header could list',
      'n < entryNumber → (n <= entryNumber)': 'the entry itself was found just before',
    },
  },
  {
    path: '../header/current.ts',
    decideWith(source) {
      const altered = runModule('current.ts', source, modules) as object;
      const others = { ...modules, '../header/current.ts': altered };
      return runModule(decidePath, decideSource, others) as Rules;
    },
    equivalent: {
      '!isCurrent(verified, state, realm) → false': 'decide has a refusal of its own',
      'value === undefined → false': 'decide has looked before that every key is there',
    },
  },
];

function verdictOf({ decide }: Rules, { input, clock, realm }: DecideArguments): string {
  try {
    const points = decide(input, clock, realm);
    return points.map(({ label, u, q }) => [label, u, q].map(toHex).join()).join();
  } catch (error) {
    return error instanceof WardError ? error.code : 'a crash';
  }
}

const cases = await Promise.all(
  DECIDE_CASES.map(async (one) => ({ name: one.name, arguments: await arrange(one, crypto) })),
);
const verdicts = cases.map((one) => verdictOf({ decide }, one.arguments));

/** A case that a mutant answers otherwise. */
function findKiller(mutant: Mutant, { decideWith }: RuleFile): string | undefined {
  const mutated = decideWith(mutant.source);
  return cases.find((one, i) => verdictOf(mutated, one.arguments) !== verdicts[i])?.name;
}

describe.each(RULE_FILES)('the rules of $path', (file) => {
  const source = readFileSync(new URL(file.path, import.meta.url), 'utf8');
  const mutants = mutantsOf(file.path, source);

  it('give the same verdicts when they are run from their source', () => {
    const rules = file.decideWith(source);
    expect(cases.map((one) => verdictOf(rules, one.arguments))).toEqual(verdicts);
    expect(verdicts).not.toContain('a crash');
  });

  it('are each defended by a case that fails without it', () => {
    expect(mutants.length).toBeGreaterThan(10);
    const survivors = mutants
      .filter(({ change }) => file.equivalent[change] === undefined)
      .filter((mutant) => findKiller(mutant, file) === undefined)
      .map(({ line, change }) => `${line}: ${change}`);
    expect(survivors).toEqual([]);
  });

  it('have no change listed as harmless that a case tells apart', () => {
    for (const change of Object.keys(file.equivalent)) {
      const listed = mutants.filter((mutant) => mutant.change === change);
      expect(listed, change).not.toEqual([]);
      expect(listed.map((mutant) => findKiller(mutant, file))).toEqual(listed.map(() => undefined));
    }
  });
});
