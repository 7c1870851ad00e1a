import { word } from '@ward/protocol';
import type {
  KeptChart,
  ListedGrant,
  OrganisationWard,
  PersonWard,
  ReceivedGrant,
} from '@ward/sdk';
import type { PersonSession } from '../frame/session.ts';
import { findOne } from './find-one.ts';

const KIND = word('grant');

/** A grant of the person's own, with its chart. */
export interface OwnGrant {
  readonly kept: KeptChart;
  readonly listed: ListedGrant;
}

/** All grants of some charts, the newest first. */
export function listOwnGrants(charts: readonly KeptChart[], ward: PersonWard): OwnGrant[] {
  return charts
    .flatMap((kept) => ward.consent.list(kept.chart).map((listed) => ({ kept, listed })))
    .sort((a, b) => b.listed.madeAt - a.listed.madeAt);
}

/**
 * A grant of the person's own: by its id, or by the name of the organisation where that has one
 * grant that is active.
 *
 * @throws WardError `ID_*`.
 */
export async function findOwnGrant(
  wanted: string,
  { ward, names }: Pick<PersonSession, 'ward' | 'names'>,
): Promise<OwnGrant> {
  const items = listOwnGrants(ward.keys.charts, ward);
  await names.learn(items.map(({ listed }) => listed.grant.grantee));
  return findOne(wanted, {
    items,
    idOf: ({ listed }) => listed.leaf,
    nameOf: ({ listed }) => (listed.state === 'active' ? names.of(listed.grant.grantee) : ''),
    kind: KIND,
  });
}

/**
 * A grant that the organisation received: by its id, by its chart's id, or by the kind of the chart
 * where there is one of it.
 *
 * @throws WardError `ID_*`.
 */
export function findReceivedGrant(wanted: string, { keys }: OrganisationWard): ReceivedGrant {
  const items = [...keys.state.grants.values()];
  const byChart = items.filter(({ chart }) => matches(wanted, chart));
  const [first] = byChart;
  if (byChart.length === 1) return first!;
  return findOne(wanted, {
    items,
    idOf: ({ leaf }) => leaf,
    nameOf: ({ envelope }) => envelope.kind,
    kind: KIND,
  });
}

function matches(wanted: string, id: Uint8Array): boolean {
  const isPrefix = /^[0-9a-f]{6,}$/i.test(wanted);
  return isPrefix && Buffer.from(id).toString('hex').startsWith(wanted.toLowerCase());
}
