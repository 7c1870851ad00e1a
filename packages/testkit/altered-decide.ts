import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as charts from '@ward/charts';
import * as ledgerSchema from '@ward/ledger/schema';
import * as protocol from '@ward/protocol';
import { runModule } from './mutants.ts';

/** What a text of decide.ts makes; the product's own is one of them. */
export type Rules = Pick<typeof charts, 'decide'>;

const folder = dirname(createRequire(import.meta.url).resolve('@ward/charts'));

/** Text of one of the files that the rules stand in, as in `opening/decide.ts`. */
export function ruleSource(path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}

/** Every module that the rules import; `altered` stand in the place of some. */
function modulesWith(altered: { readonly [specifier: string]: object }) {
  return new Proxy<{ [specifier: string]: object }>(
    {},
    {
      get(_, specifier: string) {
        if (altered[specifier] !== undefined) return altered[specifier];
        if (specifier === '@ward/ledger/schema') return ledgerSchema;
        if (specifier === '@ward/protocol') return protocol;
        if (specifier === './errors.ts') return { refuse: charts.refuseOpening };
        if (specifier === '../errors.ts') return { refuse: charts.refuseChart };
        return charts;
      },
    },
  );
}

/** `decide` as another text of a rule file would make it, all else being the product's. */
export function decideFrom(path: string, source: string): Rules {
  if (path === 'opening/decide.ts') return runModule(path, source, modulesWith({})) as Rules;
  const altered = runModule(path, source, modulesWith({})) as object;
  const modules = modulesWith({ [`../${path}`]: { ...charts, ...altered } });
  return runModule('decide.ts', ruleSource('opening/decide.ts'), modules) as Rules;
}

/** `decide` without the rules that refuse with these codes: what an attacker would wish for. */
export function decideWithout(...codes: readonly string[]): Rules {
  let source = ruleSource('opening/decide.ts');
  for (const code of codes) {
    const guards = source.split(`throw refuse('${code}')`);
    if (guards.length === 1) throw new Error(`decide has no rule ${code}`);
    source = guards.join(';');
  }
  return decideFrom('opening/decide.ts', source);
}
