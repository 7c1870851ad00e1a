import { type Json, toHex } from '@ward/protocol';
import type { KeptChart, PersonWard } from '@ward/sdk';
import type { HeldCard } from '../../find/find-chart.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { shortId } from '../../frame/names.ts';
import type { OrganisationSession, PersonSession } from '../../frame/session.ts';
import { chartJson, keepersOf, stateOf, viewIfGiven } from '../../show/chart-rows.ts';

export const chartList = defineCommand({
  name: 'list',
  summary: 'Your charts; in an organisation, the charts of which it has a card',
  owner: 'either',
  run: (_, session) => (session.kind === 'person' ? listOwn(session) : listCards(session)),
});

async function listOwn({ ward, names }: PersonSession): Promise<Outcome> {
  const rows: Awaited<ReturnType<typeof rowOf>>[] = [];
  for (const kept of ward.charts.list()) rows.push(await rowOf(kept, ward));
  await names.learn(
    rows.flatMap(({ kept }) => [
      ...kept.vaults,
      ...kept.releases.flatMap(({ custodians }) => custodians.map((each) => each.organisation)),
    ]),
  );
  return {
    json: { charts: rows.map(({ kept, view }) => chartJson(kept, view)) },
    show: (screen) =>
      screen.table(
        [
          { title: 'chart' },
          { title: 'kind' },
          { title: 'state' },
          { title: 'epoch', isNumber: true },
          { title: 'custodians', mayShrink: true },
          { title: 'vaults', mayShrink: true },
        ],
        rows.map(({ kept, view }) => {
          const { vaults, custodians } = keepersOf(kept, view, names);
          const state = stateOf(kept, view);
          const epoch = view?.current.header.epoch.number;
          return [
            ...[shortId(kept.chart), kept.kind],
            screen.cell(state === 'open' ? 'good' : 'warning', state),
            ...[epoch === undefined ? '' : `${epoch}`, custodians, vaults],
          ];
        }),
        'There are no charts yet. Make one: ward chart create general',
      ),
  };
}

async function rowOf(kept: KeptChart, ward: PersonWard) {
  return { kept, view: await viewIfGiven(kept, ward) };
}

async function listCards({ ward, names }: OrganisationSession): Promise<Outcome> {
  await ward.access.collect();
  const cards = [...ward.keys.state.cards.values()];
  await names.learn(cards.flatMap(({ card }) => card.vaults));
  return {
    json: { cards: cards.map(cardJson) },
    show: (screen) =>
      screen.table(
        [{ title: 'chart' }, { title: 'kind' }, { title: 'vaults', mayShrink: true }],
        cards.map(({ chart, card }) => [
          shortId(chart),
          card.kind,
          card.vaults.map((id) => names.of(id)).join(', '),
        ]),
        'There are no cards yet. Patients send them: ward chart card KIND --to ORGANISATION',
      ),
  };
}

function cardJson({ chart, card }: HeldCard) {
  return {
    ...{ chart: toHex(chart), kind: card.kind },
    vaults: card.vaults.map((id) => toHex(id)),
  } satisfies Json;
}
