import type { ConsensusRules, Fraction, Rules } from '@ward/ledger/schema';

type RuleValue = number | string | Fraction;

/** A rule as a person reads it: `2/3`, `604800`, `equal`. */
function ruleText(value: RuleValue): string {
  return typeof value === 'object' ? `${value.numerator}/${value.denominator}` : `${value}`;
}

/** `votingSeconds` as words: `voting seconds`. */
function ruleName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Rules one by one, by their names. */
export function ruleFacts(rules: Rules | ConsensusRules): [name: string, value: string][] {
  return Object.entries(rules).map(([name, value]) => [
    ruleName(name),
    ruleText(value as RuleValue),
  ]);
}

/** What differs between two sets of rules: `membership 2/3 becomes 3/4`. */
export function changeTexts<R extends Rules | ConsensusRules>(before: R, after: R): string[] {
  const was = new Map(ruleFacts(before));
  return ruleFacts(after)
    .filter(([name, value]) => was.get(name) !== value)
    .map(([name, value]) => `${name} ${was.get(name)} becomes ${value}`);
}
