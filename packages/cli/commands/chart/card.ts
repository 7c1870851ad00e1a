import { Card } from '@ward/charts';
import { toHex, word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { findChart } from '../../find/find-chart.ts';
import { findOrganisation } from '../../find/find-organisation.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { jsonText, loadJsonFile, writeNewFile } from '../../frame/files.ts';
import { optional, path, text } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { OrganisationSession, PersonSession } from '../../frame/session.ts';

export const chartCard = defineCommand({
  name: 'card',
  summary: 'Hand out a card of a chart, so that its holder can write; an organisation takes one in',
  details:
    'A card lets its holder write into the chart, not read it. It is a secret between the two: ' +
    'with --to it travels sealed to the organisation, with --out it is a file for anyone you ' +
    "give it to. In an organisation's home, CHART is the card's file.",
  owner: 'either',
  args: { chart: text('CHART', 'kind or id of the chart; for an organisation, the file') },
  options: {
    to: optional(text('ORGANISATION', 'send it to this organisation')),
    out: optional(path('FILE', 'write it into a file instead, for anyone who is given it')),
  },
  examples: [
    'ward chart card general --to "Hospital A"',
    'ward chart card general --out card.json',
  ],
  run: ({ args, options }, session) =>
    session.kind === 'person' ? handOut(args.chart, options, session) : takeIn(args.chart, session),
});

interface CardOptions {
  readonly to: string | undefined;
  readonly out: string | undefined;
}

async function handOut(
  wanted: string,
  { to, out }: CardOptions,
  session: PersonSession,
): Promise<Outcome> {
  const { ward } = session;
  const { chart, kind } = findChart(wanted, ward);
  if (to !== undefined && out !== undefined) {
    throw refuse('FLAGS_CONFLICT', { flag: word('--to'), other: word('--out') });
  }
  if (out !== undefined) {
    writeNewFile(out, jsonText(Card, await ward.charts.card(chart, null)));
    return done({ chart: toHex(chart), kind, to: null, file: out }, `The card is in ${out}.`);
  }
  if (to === undefined) throw refuse('FLAG_NEEDED', { flag: word('--to') });
  const { id, organisation } = await findOrganisation(to, session);
  await ward.charts.sendCard(chart, id);
  const name = printable(organisation.name);
  return done(
    { chart: toHex(chart), kind, to: toHex(id), file: null },
    `${name} has the card of your ${kind} chart and can write into it.`,
  );
}

async function takeIn(file: string, { ward }: OrganisationSession): Promise<Outcome> {
  const card = loadJsonFile(file, Card);
  const chart = await ward.access.takeCard(card);
  return done({ chart: toHex(chart), kind: card.kind, to: null, file }, 'The card is taken in.');
}

function done(json: Outcome['json'], said: string): Outcome {
  return { json, show: (screen) => screen.line(said, 'good') };
}
