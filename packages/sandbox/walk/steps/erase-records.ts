import type { ChartKind } from '@ward/charts';
import { WardError } from '@ward/protocol';
import type { UnitSummary } from '@ward/sdk';
import { demand, demandRefusal, type Proof, type Step } from '../step.ts';
import { WALK_CHARTS, type WalkState } from '../walk-state.ts';
import { clinicianOf, openByTheBook } from './open-encounter.ts';

const WEEK_SECONDS = 7 * 24 * 3600;
const NO_LONGER = ['CHART_CLOSED', 'CHART_SUPERSEDED', 'GRANT_REVOKED', 'HEADER_WITHHELD'];

/** Step 11: a record, then a chart. */
export const eraseRecords: Step = {
  number: 11,
  title: 'A record is erased, then a whole chart',
  async run(state): Promise<Proof> {
    const { wallet, sharedKind } = state;
    const units = await wallet.records.list(sharedKind);
    // A unit that keeps records shows more: erasing one leaves the root of the others whole.
    const unit = units.find(({ recordCount }) => recordCount > 1) ?? units[0]!;
    const erased = await wallet.records.eraseRecord(sharedKind, unit, 0);
    demand(erased.missing === 0, 'the vault signed for the deletion');
    const left = await openLeft(state, unit);
    const chart = await eraseOneChart(state);
    const blocks = await verifyLedger(state);
    return {
      proof:
        `the record is gone, ${others(left)}; the ${chart} chart opens for nobody; all ${blocks} ` +
        'blocks of the ledger still verify',
    };
  },
};

function others(left: number): string {
  if (left === 0) return 'it was the only one of its unit';
  return left === 1
    ? 'the other one of its unit still verifies'
    : `the ${left} others of its unit still verify`;
}

/** How many records of a unit still open once the first one is erased. */
async function openLeft({ wallet, sharedKind }: WalkState, unit: UnitSummary): Promise<number> {
  const opened = await wallet.records.open(sharedKind, unit).catch((error: unknown) => {
    if (error instanceof WardError && error.code === 'RECORD_ERASED') return [];
    throw error;
  });
  demand(
    opened.every(({ index }) => index !== 0),
    'the erased record does not open',
  );
  demand(opened.length === unit.recordCount - 1, 'the other records of the unit open');
  return opened.length;
}

/** Erases a chart to which hospital B has just been granted access. */
async function eraseOneChart(state: WalkState): Promise<ChartKind> {
  const { wallet } = state;
  const { ward } = state.hospitalB;
  const kind = pickChart(state);
  const { leaf } = await wallet.consent.grant({
    chart: kind,
    grantee: state.id('hospital-b'),
    purposes: ['TREAT'],
    until: wallet.connection.now() + WEEK_SECONDS,
  });
  await ward.access.collect();
  const units = (await ward.access.list(leaf)).slice(-1);
  const open = () => openByTheBook(ward, clinicianOf(state), { leaf, units });
  if (units.length > 0) await open();
  const { receipts, missing } = await wallet.charts.erase(kind);
  demand(missing === 0 && receipts.length > 0, 'custodians and vault signed for the erasure');
  if (units.length > 0) await demandRefusal(NO_LONGER, open);
  await demandRefusal(['CHART_UNKNOWN'], async () => wallet.keys.chart(kind));
  return kind;
}

/** Another chart than the shared one that has units, or else any other. */
function pickChart({ patient, sharedKind, timelines }: WalkState): ChartKind {
  const others = WALK_CHARTS.filter((kind) => kind !== sharedKind);
  const full = others.find((kind) => (timelines.get(patient)?.get(kind)?.length ?? 0) > 0);
  return full ?? others[0]!;
}

async function verifyLedger({ wallet }: WalkState): Promise<number> {
  let blocks = 0;
  for await (const _ of wallet.ledger.walk()) blocks++;
  return blocks;
}
