import { CHART_LIMITS, PURPOSES } from '@ward/charts';
import { equalBytes, type Seconds, word } from '@ward/protocol';
import type { KeptChart } from '@ward/sdk';
import { refuse } from '../../errors.ts';
import { findChart } from '../../find/find-chart.ts';
import { findOne } from '../../find/find-one.ts';
import { chooseOrganisation } from '../../find/find-organisation.ts';
import { listUnits, unitId } from '../../find/find-unit.ts';
import { defineCommand } from '../../frame/define-command.ts';
import {
  duration,
  flag,
  integer,
  many,
  oneOf,
  optional,
  text,
  time,
} from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import type { PersonSession } from '../../frame/session.ts';
import { ownGrantJson, termsFacts } from '../../show/grant-rows.ts';

const { openingsMax, unitsPerOpeningMax } = CHART_LIMITS;

export const consentGrant = defineCommand({
  name: 'grant',
  summary: 'Let an organisation read a chart, or write into it',
  details:
    'The grant is sealed into the inbox of the organisation. Every opening under it is entered ' +
    'on the ledger first, and you see it: ward access log.',
  owner: 'person',
  args: { chart: text('CHART', 'kind or id of the chart') },
  options: {
    to: optional(text('ORGANISATION', 'organisation that is granted, by name or id')),
    purpose: many(oneOf(PURPOSES, 'PURPOSE', 'what for, a code of HL7 PurposeOfUse')),
    for: optional(duration('how long, from now or --from on')),
    until: optional(time('until when')),
    from: optional(time('from when on'), 'now'),
    openings: optional(
      integer('COUNT', { min: 1, max: openingsMax }, 'how often it may open'),
      '100',
    ),
    unitsPerOpening: optional(
      integer('COUNT', { min: 1, max: unitsPerOpeningMax }, 'units that one opening may take'),
      '20',
    ),
    unit: many(text('UNIT', 'only these units')),
    write: flag('it may write as well'),
    writeOnly: flag('it may write, and not read'),
    fromNowOn: flag('only what is written from now on: begins an epoch'),
    acceptChangedKey: flag('go on although the organisation has another sealing key than before'),
  },
  examples: [
    'ward consent grant general --to "Hospital B" --purpose TREAT --for 30d --openings 20',
  ],
  async run({ args, options }, session) {
    const { ward, names } = session;
    const kept = findChart(args.chart, ward);
    const { id, organisation } = await chooseOrganisation(options.to, TO, session);
    const purposes = await choosePurposes(options.purpose, session);
    const until = await chooseEnd(options, session);
    const units = await chooseUnits(options.unit, kept, session);
    const { leaf } = await ward.consent.grant({
      ...{ chart: kept.chart, grantee: id, purposes, until },
      actions: options.writeOnly ? ['write'] : options.write ? ['read', 'write'] : ['read'],
      ...(options.from === undefined ? {} : { from: options.from }),
      ...(options.openings === undefined ? {} : { openingsMax: options.openings }),
      ...(units.length === 0 ? {} : { units }),
      ...(options.unitsPerOpening === undefined
        ? {}
        : { unitsPerOpeningMax: options.unitsPerOpening }),
      isFromNowOn: options.fromNowOn,
      acceptChangedKey: options.acceptChangedKey,
    });
    await names.learn([id]);
    const listed = ward.consent.list(kept.chart).find((each) => equalBytes(each.leaf, leaf))!;
    const json = ownGrantJson({ kept, listed });
    return {
      json,
      show: (screen) => {
        const name = printable(organisation.name);
        screen.line(`${name} is granted your ${kept.kind} chart.`, 'good');
        screen.facts([['grant', json.grant], ...termsFacts(listed.grant)]);
        screen.line();
        screen.line(`Take it back at any time: ward consent revoke ${json.grant.slice(0, 8)}`);
      },
    };
  },
});

const TO = {
  message: 'Which organisation?',
  flag: word('--to'),
  isFit: ({ endpoints }: { endpoints: { inbox: string | null } }) => endpoints.inbox !== null,
};

async function choosePurposes(given: readonly string[], { ask }: PersonSession) {
  if (given.length > 0) return given;
  const choices = PURPOSES.map((value) => ({ value, label: value, isChosen: value === 'TREAT' }));
  return ask.chooseMany('For which purposes?', choices, word('--purpose'));
}

const DAY_SECONDS = 86_400;

/** When the grant ends: nobody grants for ever by leaving something out. */
async function chooseEnd(
  options: {
    readonly for: Seconds | undefined;
    readonly until: Seconds | undefined;
    readonly from: Seconds | undefined;
  },
  { ask, ward }: PersonSession,
): Promise<Seconds> {
  if (options.until !== undefined && options.for !== undefined) {
    throw refuse('FLAGS_CONFLICT', { flag: word('--until'), other: word('--for') });
  }
  if (options.until !== undefined) return options.until;
  const start = options.from ?? ward.connection.now();
  const choices = [1, 30, 90, 365].map((days) => ({
    value: days * DAY_SECONDS,
    label: days === 1 ? '1 day' : `${days} days`,
  }));
  return start + (options.for ?? (await ask.choose('For how long?', choices, word('--for'))));
}

/** Labels of the units that were named; none means all. */
async function chooseUnits(wanted: readonly string[], kept: KeptChart, { ward }: PersonSession) {
  if (wanted.length === 0) return [];
  const units = (await listUnits([kept], ward)).map(({ unit }) => unit);
  const candidates = {
    items: units.filter(({ label }) => label !== undefined),
    idOf: unitId,
    kind: word('unit'),
  };
  return wanted.map((each) => findOne(each, candidates).label!);
}
