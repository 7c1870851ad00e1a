import { word } from '@ward/protocol';
import type { KeptChart, PersonWard, UnitSummary } from '@ward/sdk';
import { findOne } from './find-one.ts';

const KIND = word('unit');

/** What a unit is called on screens: its label, else the value of its slot. */
export function unitId({ label, commitment }: UnitSummary): Uint8Array {
  return label ?? commitment;
}

/** A unit of the person's own, with its chart. */
export interface OwnUnit {
  readonly kept: KeptChart;
  readonly unit: UnitSummary;
}

/** Walks charts and lists their units, oldest first. */
export async function listUnits(
  charts: readonly KeptChart[],
  ward: PersonWard,
): Promise<OwnUnit[]> {
  const found: OwnUnit[] = [];
  for (const kept of charts) {
    const units = await ward.records.list(kept.chart);
    found.push(...units.map((unit) => ({ kept, unit })));
  }
  return found.sort((a, b) => a.unit.time - b.unit.time);
}

/** @throws WardError `ID_*`, what the ledger's proofs throw. */
export async function findUnit(
  wanted: string,
  charts: readonly KeptChart[],
  ward: PersonWard,
): Promise<OwnUnit> {
  return findOne(wanted, {
    items: await listUnits(charts, ward),
    idOf: ({ unit }) => unitId(unit),
    kind: KIND,
  });
}

/** `a1b2c3d4/2` names record 2 of a unit; without a number the unit as a whole. */
export function parseUnitPath(path: string): {
  readonly unit: string;
  readonly index: number | undefined;
} {
  const match = /^(.*)\/(\d{1,4})$/.exec(path);
  return match === null
    ? { unit: path, index: undefined }
    : { unit: match[1]!, index: Number(match[2]) };
}
