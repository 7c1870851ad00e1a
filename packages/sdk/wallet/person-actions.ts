import type { Card, ChartKind } from '@ward/charts';
import type { AccountId, ChartId, Digest } from '@ward/protocol';
import { readLog } from '../access/read-log.ts';
import { checkCustodians } from '../charts/check-custodians.ts';
import { type CreateChartParameters, createChart } from '../charts/create-chart.ts';
import {
  type NewRelease,
  type Replacement,
  renewRelease,
  replaceCustodians,
} from '../charts/deal-release.ts';
import { eraseChart, eraseRecord, eraseUnit } from '../charts/erase-chart.ts';
import { makeCard, sendLetter } from '../charts/make-card.ts';
import { catchUpOwn, viewOwnChart } from '../charts/publish-header.ts';
import { rotateCold } from '../charts/rotate-cold.ts';
import { rotateEpoch } from '../charts/rotate-epoch.ts';
import { backlogOf } from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { type GrantParameters, grant } from '../consent/grant.ts';
import { listGrants, revoke } from '../consent/revoke.ts';
import { acceptSource } from '../records/accept-source.ts';
import { type AddOwnUnitsParameters, addOwnUnits } from '../records/add-own-units.ts';
import { listOwnUnits, type WalkProgress } from '../records/list-own-units.ts';
import { openOwnUnit } from '../records/open-own.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import { verifyOwnUnits } from '../records/verify-own-units.ts';
import { backUpWallet } from './backup.ts';
import type { Wallet } from './wallet.ts';

/** A chart by its id, or by its kind where the wallet has one of it. */
export type WhichChart = ChartId | ChartKind;

function chartActions(wallet: Wallet, connection: Connection) {
  const of = (which: WhichChart) => wallet.chart(which);
  return {
    create: (parameters: CreateChartParameters) => createChart(wallet, parameters, connection),
    list: () => wallet.charts,
    view: (chart: WhichChart) => viewOwnChart(of(chart), connection),
    /** A card for an organisation; null makes one that anyone may use. */
    card: (chart: WhichChart, organisation: AccountId | null): Promise<Card> =>
      makeCard(wallet, of(chart), organisation),
    /** Makes a card and leaves it in the organisation's inbox. */
    async sendCard(chart: WhichChart, organisation: AccountId): Promise<Card> {
      const card = await makeCard(wallet, of(chart), organisation);
      await sendLetter(wallet, { organisation, letter: { kind: 'card', card } }, connection);
      return card;
    },
    rotate: (chart: WhichChart) => rotateEpoch(wallet, of(chart), connection),
    rotateCold: (chart: WhichChart) => rotateCold(wallet, of(chart), connection),
    /** Has others take the places of custodians; all units open as before. */
    replaceCustodians: (chart: WhichChart, replacements: readonly Replacement[]) =>
      replaceCustodians(wallet, of(chart), replacements, connection),
    /** Whether the custodians of a chart are there, and who should take the place of which. */
    custodians: (chart: WhichChart) => checkCustodians(wallet, of(chart), connection),
    /** Has new units come under a new release key. */
    renewRelease: (chart: WhichChart, release?: NewRelease) =>
      renewRelease(wallet, of(chart), connection, release),
    /** What vaults of the chart have not taken, or not deleted, as the wallet remembers it. */
    backlog: (chart: WhichChart) => backlogOf(wallet.state.backlog, of(chart).chart),
    /** Brings vaults what they missed while they were away; what stays is told. */
    catchUp: (chart: WhichChart) => catchUpOwn(wallet, of(chart), connection),
    async erase(chart: WhichChart) {
      const kept = of(chart);
      const units = await listOwnUnits(wallet, kept, connection);
      return eraseChart(wallet, kept, units, connection);
    },
  };
}

/** What a person does with the charts of a wallet. */
export function personActions(wallet: Wallet, connection: Connection) {
  const of = (which: WhichChart) => wallet.chart(which);
  return {
    wallet: {
      backUp: (passphrase: string) => backUpWallet(wallet, passphrase),
      forgetColdKeys: () => wallet.forgetColdKeys(),
    },
    charts: chartActions(wallet, connection),
    records: {
      add: (chart: WhichChart, parameters: AddOwnUnitsParameters) =>
        addOwnUnits(wallet, of(chart), parameters, connection),
      list: (chart: WhichChart, onProgress?: (progress: WalkProgress) => void) =>
        listOwnUnits(wallet, of(chart), connection, onProgress),
      open: (chart: WhichChart, unit: UnitSummary) =>
        openOwnUnit(wallet, of(chart), unit, connection),
      /** Lists an organisation that wrote unsolicited. */
      accept: (chart: WhichChart, organisation: AccountId) =>
        acceptSource(wallet, of(chart), organisation, connection),
      verify: (chart: WhichChart, onProgress?: (progress: WalkProgress) => void) =>
        verifyOwnUnits(wallet, of(chart), connection, onProgress),
      eraseUnit: (chart: WhichChart, unit: UnitSummary) =>
        eraseUnit(wallet, of(chart), unit, connection),
      eraseRecord: (chart: WhichChart, unit: UnitSummary, index: number) =>
        eraseRecord(wallet, of(chart), { unit, index }, connection),
    },
    consent: {
      grant: ({ chart, ...parameters }: GrantParameters & { readonly chart: WhichChart }) =>
        grant(wallet, of(chart), parameters, connection),
      list: (chart: WhichChart) => listGrants(of(chart), connection.now()),
      revoke: (chart: WhichChart, leaf: Digest) => revoke(wallet, of(chart), leaf, connection),
    },
    access: {
      /** Who looked, proved complete. */
      log: (chart: WhichChart) => readLog(wallet, of(chart), connection),
    },
  };
}
export type PersonActions = ReturnType<typeof personActions>;
