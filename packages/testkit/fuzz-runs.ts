import type { FuzzReport } from './fuzz.ts';

/** The variable by which `npm run fuzz` says how many inputs each target takes. */
export const INPUTS_VARIABLE = 'WARD_FUZZ_INPUTS';

/**
 * How many inputs a target takes: as many as `npm run fuzz` says, else what there is time for in
 * every run of the slow tests.
 */
export function inputsFor(usual: number): number {
  const asked = Number(process.env[INPUTS_VARIABLE] ?? Number.NaN);
  return Number.isSafeInteger(asked) && asked > 0 ? asked : usual;
}

type Counts = Pick<FuzzReport, 'runs' | 'codes'> & { readonly accepted?: number };

/** Prints what came of a target, where `npm run fuzz` asked for it. */
export function tellFuzz(name: string, { runs, accepted, codes }: Counts): void {
  if (process.env[INPUTS_VARIABLE] === undefined) return;
  const good = accepted ?? codes.get('OK') ?? 0;
  const refusals = [...codes].filter(([code]) => code !== 'OK').sort(([, a], [, b]) => b - a);
  const shown = refusals.map(([code, count]) => `${code} ${count}`).join(', ');
  process.stdout.write(`fuzzed ${name}: ${runs} inputs, ${good} good, ${shown}\n`);
}
