import type { Grant } from '@ward/charts';
import { type Json, toHex } from '@ward/protocol';
import type { ReceivedGrant } from '@ward/sdk';
import type { OwnGrant } from '../find/find-grant.ts';
import { type Names, shortId } from '../frame/names.ts';
import type { Fact, Screen } from '../frame/screen.ts';
import { counted, isoTime } from './times.ts';

/** What a grant permits, as programs read it; without the secrets in it. */
function termsJson(grant: Grant) {
  return {
    grantee: toHex(grant.grantee),
    purposes: grant.purposes,
    actions: grant.actions,
    units: grant.units === null ? null : grant.units.map((label) => toHex(label)),
    from: isoTime(grant.from),
    until: isoTime(grant.until),
    openingsMax: grant.openingsMax,
    unitsPerOpeningMax: grant.unitsPerOpeningMax,
  } satisfies Json;
}

export function ownGrantJson({ kept, listed }: OwnGrant) {
  const { leaf, grant, madeAt, state } = listed;
  return {
    ...{ grant: toHex(leaf), chart: toHex(kept.chart), kind: kept.kind, state },
    made: isoTime(madeAt),
    ...termsJson(grant),
  } satisfies Json;
}

export function receivedGrantJson({ leaf, chart, grant, envelope, entries }: ReceivedGrant) {
  return {
    ...{ grant: toHex(leaf), chart: toHex(chart), kind: envelope.kind },
    openings: entries.size,
    ...termsJson(grant),
  } satisfies Json;
}

/** A person's grants, the newest first. */
export function showOwnGrants(grants: readonly OwnGrant[], names: Names, screen: Screen): void {
  screen.table(
    [
      { title: 'grant' },
      { title: 'chart' },
      { title: 'organisation', mayShrink: true },
      { title: 'may' },
      { title: 'purposes', mayShrink: true },
      { title: 'until' },
      { title: 'state' },
    ],
    grants.map(({ kept, listed: { leaf, grant, state } }) => [
      ...[shortId(leaf), kept.kind, names.of(grant.grantee), grant.actions.join('+')],
      ...[grant.purposes.join(' '), dateText(grant.until)],
      screen.cell(state === 'active' ? 'good' : 'quiet', state),
    ]),
    'You have granted nobody anything.',
  );
}

/** What an organisation was granted. */
export function showReceivedGrants(grants: readonly ReceivedGrant[], screen: Screen): void {
  screen.table(
    [
      { title: 'grant' },
      { title: 'chart' },
      { title: 'kind' },
      { title: 'may' },
      { title: 'purposes', mayShrink: true },
      { title: 'until' },
      { title: 'openings', isNumber: true },
    ],
    grants.map(({ leaf, chart, envelope, grant, entries }) => [
      ...[shortId(leaf), shortId(chart), envelope.kind, grant.actions.join('+')],
      ...[grant.purposes.join(' '), dateText(grant.until)],
      `${entries.size} of ${grant.openingsMax}`,
    ]),
    'Nobody has granted anything.',
  );
}

const DATE_LETTERS = 10;

function dateText(seconds: number): string {
  return isoTime(seconds).slice(0, DATE_LETTERS);
}

/** All terms of one grant. */
export function termsFacts(grant: Grant): Fact[] {
  const { units } = grant;
  return [
    ['may', grant.actions.join(' and ')],
    ['for', grant.purposes.join(', ')],
    ['units', units === null ? 'all that its epochs reach' : counted(units.length, 'unit')],
    ['from', isoTime(grant.from)],
    ['until', isoTime(grant.until)],
    ['openings', `at most ${grant.openingsMax}, ${grant.unitsPerOpeningMax} units each`],
  ];
}
