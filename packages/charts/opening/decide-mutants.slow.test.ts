import { toHex, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { decideFrom, type Rules, ruleSource } from '@ward/testkit/altered-decide';
import { arrange, DECIDE_CASES, type DecideArguments } from '@ward/testkit/decide-cases';
import { type Mutant, mutantsOf } from '@ward/testkit/mutants';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';

// Every guard, operand and comparison of the rules is taken away or moved by one, one at a time:
// for each such change there must be a case whose verdict it alters. A rule that no case defends
// would fail here.

const crypto = await loadCrypto();

/** A file of rules, and its changes that alter no verdict, with the reason. */
interface RuleFile {
  readonly path: string;
  readonly equivalent: { readonly [change: string]: string };
}

const RULE_FILES: readonly RuleFile[] = [
  {
    path: 'opening/decide.ts',
    equivalent: {
      'grant.conditions.length > 0 → false': 'no condition is known, so none decodes',
      'grant.conditions.length > 0 → (grant.conditions.length < 0)': 'the same',
      'point === null → false': 'without a point there is no key that a header could list',
      'n < entryNumber → (n <= entryNumber)': 'the entry itself was found just before',
    },
  },
  {
    path: 'header/current.ts',
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
function findKiller(mutant: Mutant, { path }: RuleFile): string | undefined {
  const mutated = decideFrom(path, mutant.source);
  return cases.find((one, i) => verdictOf(mutated, one.arguments) !== verdicts[i])?.name;
}

describe.each(RULE_FILES)('the rules of $path', (file) => {
  const source = ruleSource(file.path);
  const mutants = mutantsOf(file.path, source);

  it('give the same verdicts when they are run from their source', () => {
    const rules = decideFrom(file.path, source);
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
