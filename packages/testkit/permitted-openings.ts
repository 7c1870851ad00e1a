import { CHART_LIMITS, successionValue } from '@ward/charts';
import type { DecideCase } from './decide-case.ts';
import {
  changeKey,
  dealt,
  erasedMany,
  filled,
  type TakenOver,
  takeOver,
} from './opening-changes.ts';
import { SAMPLE_TIME } from './sample-opening.ts';

/** Openings at the edge of what the rules allow. */
export const PERMITTED_OPENINGS: DecideCase[] = [
  { name: 'a good opening', code: null },
  {
    name: 'in the first second of the grant',
    code: null,
    before: (o) => o.changeGrant({ from: SAMPLE_TIME }),
  },
  {
    name: 'in the last second of the grant',
    code: null,
    before: (o) => o.changeGrant({ until: SAMPLE_TIME + 1 }),
  },
  {
    name: 'the last opening that the grant allows',
    code: null,
    before: (o) => o.changeGrant({ openingsMax: 3 }),
  },
  {
    name: 'as many units as the grant allows',
    code: null,
    before: (o) => o.changeGrant({ unitsPerOpeningMax: 2 }),
  },
  {
    name: 'units that the grant lists',
    code: null,
    before: (o) => o.changeGrant({ units: o.entry.labels }),
  },
  {
    name: 'one purpose of several, with other actions beside reading',
    code: null,
    before: (o) => o.changeGrant({ purposes: ['HPAYMT', 'TREAT'], actions: ['write', 'read'] }),
  },
  {
    name: 'the first entry of a grant',
    code: null,
    before: (o) => {
      o.entryNumber = 0;
    },
  },
  {
    name: 'an entry behind others that were proved to this custodian before',
    code: null,
    before: (o) => {
      o.entriesProved = 2;
    },
  },
  {
    name: 'an entry that was itself proved before, shown again',
    code: null,
    before: (o) => {
      o.entriesProved = 9;
    },
  },
  {
    name: 'an entry of nearly ten minutes',
    code: null,
    before: (o) => {
      o.entryTime = SAMPLE_TIME - CHART_LIMITS.entryAgeSecondsMax + 1;
    },
  },
  {
    name: 'by a block of nearly a minute',
    code: null,
    before: (o) => {
      o.blockTime = SAMPLE_TIME - CHART_LIMITS.blockAgeSecondsMax + 1;
    },
  },
  {
    name: 'by the time of the block where the clock is behind it',
    code: null,
    before: (o) => {
      o.clock = SAMPLE_TIME - 1_000_000;
    },
  },
  {
    name: 'a request that another account of the grantee signs',
    code: null,
    before: (o) => {
      o.asker = { ...o.asker, account: o.chart.random.bytes(16) };
    },
  },
  {
    name: 'a request by one of several keys of the account',
    code: null,
    before: (o) => {
      const others = [1, 2].map((n) => ({ ...o.account.keys[0]!, publicKey: filled(n) }));
      o.account = { ...o.account, keys: [others[0]!, ...o.account.keys, others[1]!] };
    },
  },
  {
    name: 'a request by a key that ends later',
    code: null,
    before: (o) => changeKey(o, { until: SAMPLE_TIME + 1 }),
  },
  {
    name: 'a request by a key that begins now',
    code: null,
    before: (o) => changeKey(o, { from: SAMPLE_TIME }),
  },
  {
    name: 'units under a release key that is not the newest',
    code: null,
    before: (o) => {
      const { releases } = o.chart.header;
      o.headerChanges = { releases: [...releases, { ...releases[0]!, ...dealt(o) }] };
    },
  },
  {
    name: 'units that a large set of erased labels leaves out',
    code: null,
    before: (o) => {
      const labels = erasedMany(o);
      o.headerChanges = { erased: labels.field };
      o.absences = o.entry.labels.map((label) => labels.proveAbsent(label)!);
    },
  },
  {
    name: 'a chart that was taken over by its cold key',
    code: null,
    before: (o) => takeOver(o),
    after: (o) => {
      const { predecessors, authority, chart } = o.headerChanges as never as TakenOver;
      const value = successionValue({ chart, authority }, o.chart.realm);
      o.state.writeSlot(predecessors[0]!.cold, value, SAMPLE_TIME - 5000);
    },
  },
];
