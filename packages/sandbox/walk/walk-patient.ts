import type { Crypto } from '@ward/protocol';
import type { PlannedUnit } from '@ward/sdk/ingest';
import { planIngest } from '@ward/sdk/ingest';
import { refuse } from '../network/errors.ts';
import { generatePatients, searchTerms } from '../patients/index.ts';
import { WALK_CHARTS } from './walk-state.ts';

/** A patient of the walk: records that hospital A has, and a name for a folder. */
export interface WalkPatient {
  /** Folder under `patients/`. */
  readonly folder: string;
  readonly units: readonly PlannedUnit[];
  /** Everything that must stand nowhere on the ledger. */
  readonly terms: readonly string[];
}

export interface PatientSource {
  /** How many patients to generate. */
  readonly patients: number;
  readonly seed: number;
  /** Bundles to use instead; several patients may be in one. */
  readonly bundles: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

const BUNDLES_PATIENTS_MAX = 1000;

/** Patients of the walk, generated or out of the bundles. */
export function loadWalkPatients(
  source: PatientSource,
  today: string,
  crypto: Crypto,
): WalkPatient[] {
  const bundles = source.bundles.length > 0 ? source.bundles : generated(source, today);
  const patients: WalkPatient[] = [];
  for (const { name, bytes } of bundles) {
    const options = { chartsOf: () => WALK_CHARTS };
    const planned = planIngest([{ name, bytes }], options, crypto);
    const terms = termsIn(bytes) ?? planned.flatMap(({ units }) => termsOf(units));
    for (const { units } of planned) {
      if (units.length === 0) continue;
      patients.push({ folder: `patient-${patients.length + 1}`, units, terms });
    }
  }
  if (patients.length === 0 || patients.length > BUNDLES_PATIENTS_MAX) {
    throw refuse('SANDBOX_PATIENTS', { found: patients.length, max: BUNDLES_PATIENTS_MAX });
  }
  return patients;
}

/** What must stand nowhere, of a whole file; undefined when it is no single JSON value. */
function termsIn(bytes: Uint8Array): string[] | undefined {
  try {
    return searchTerms({ bundle: bytes });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same of records one by one: lines of NDJSON, for example. */
function termsOf(units: readonly PlannedUnit[]): string[] {
  return units.flatMap(({ records }) => records.flatMap(({ bytes }) => termsIn(bytes) ?? []));
}

function generated({ patients: count, seed }: PatientSource, today: string) {
  return [...generatePatients({ count, seed, today })].map(({ bundle, id }) => ({
    name: `${id}.json`,
    bytes: bundle,
  }));
}
