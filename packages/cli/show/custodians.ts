import type { ChartKind } from '@ward/charts';
import { type Json, toHex } from '@ward/protocol';
import type { FoundCustodian } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import type { Screen } from '../frame/screen.ts';
import { isoTime } from './times.ts';

/** A custodian of a chart as programs read it. */
export function custodianJson({ organisation, ...found }: FoundCustodian) {
  const { awaySince, successor, shouldReplace, by } = found;
  return {
    organisation: toHex(organisation),
    awaySince: awaySince === null ? null : isoTime(awaySince),
    successor: successor === null ? null : toHex(successor),
    shouldReplace,
    by: by === null ? null : toHex(by),
  } satisfies Json;
}

/** Says who is away or has left, and by which command others take their places. */
export function showCustodians(
  kind: ChartKind,
  found: readonly FoundCustodian[],
  { names, screen }: { readonly names: Names; readonly screen: Screen },
): void {
  for (const { organisation, awaySince, successor } of found) {
    const name = names.of(organisation);
    if (awaySince !== null) {
      screen.line(
        `The custodian of ${name} does not answer, since ${isoTime(awaySince)}.`,
        'warning',
      );
    }
    if (successor !== null) {
      screen.line(`${name} leaves: ${names.of(successor)} takes its shares over.`, 'warning');
    }
  }
  const replaced = found.filter(({ shouldReplace }) => shouldReplace);
  if (replaced.length === 0) return;
  const flags = replaced.map(({ organisation, by }) => {
    const next = by === null ? 'ORGANISATION' : quoted(names.of(by));
    return ` --custodian ${quoted(names.of(organisation))} --by ${next}`;
  });
  screen.line(`Next: ward chart custodian replace ${kind}${flags.join('')}`);
}

function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `"${name}"`;
}
