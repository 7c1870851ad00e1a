import { CHART_KINDS, type ChartKind } from '@ward/charts';
import { type ChartId, type Crypto, word } from '@ward/protocol';
import { type IngestInput, type PatientPlan, type PlannedUnit, planIngest } from '@ward/sdk/ingest';
import { refuse } from '../errors.ts';
import { badForm } from '../frame/parameters.ts';

/** A chart that can be written into. */
export interface TargetChart {
  readonly chart: ChartId;
  readonly kind: ChartKind;
}

/** Units for one chart, in the order in which they are written. */
export interface AssignedUnits {
  readonly target: TargetChart;
  /** As the input calls the patient; undefined where it names none. */
  readonly patient: string | undefined;
  readonly units: readonly PlannedUnit[];
}

export interface AssignOptions {
  /** Charts of the patient where the input names no more than one. */
  readonly only: readonly TargetChart[];
  /** Charts of each patient, by how the input calls the patient; `-` for what names none. */
  readonly byPatient: ReadonlyMap<string, readonly TargetChart[]>;
  /** Puts everything into charts of this kind, whatever it says of itself. */
  readonly forced: ChartKind | undefined;
}

/** Stands for what names no patient in `--patient -=CHART`. */
const NOBODY = '-';

/** `Patient/1=a1b2c3,d4e5f6` as a patient and what stands for the charts. */
export function parsePatientCharts(text: string): { patient: string; charts: string[] } {
  // A reference may hold a =, a chart's id or kind cannot.
  const at = text.lastIndexOf('=');
  const charts = text
    .slice(at + 1)
    .split(',')
    .filter(Boolean);
  if (at < 1 || charts.length === 0) {
    throw badForm(word('--patient'), word('REFERENCE=CHART,CHART'));
  }
  return { patient: text.slice(0, at), charts };
}

/** Patients that inputs name, as they call them; what names none comes as undefined. */
export function patientsOf(inputs: readonly IngestInput[], crypto: Pick<Crypto, 'sha256'>) {
  const plans = planIngest(inputs, { chartsOf: () => CHART_KINDS }, crypto);
  return plans.map(({ patient, units }) => ({ patient, units }));
}

/**
 * Plans inputs and says into which chart every unit goes. Nothing is guessed: a patient of whom it
 * is not said which charts are theirs stops it.
 *
 * @throws WardError `PATIENT_UNCLEAR`, what planning throws.
 */
export function assignCharts(
  inputs: readonly IngestInput[],
  { only, byPatient, forced }: AssignOptions,
  crypto: Pick<Crypto, 'sha256'>,
): AssignedUnits[] {
  const unclear = new Set<string>();
  const chartsFor = (patient: string | undefined): readonly TargetChart[] => {
    const named = byPatient.get(patient ?? NOBODY);
    if (named !== undefined) return named;
    if (byPatient.size > 0 || only.length === 0) unclear.add(patient ?? NOBODY);
    return only;
  };
  const chartsOf = (patient: string | undefined) => {
    const kinds = chartsFor(patient).map(({ kind }) => kind);
    // Planned whole, so that all that is unclear is known at once.
    return kinds.length === 0 ? CHART_KINDS : kinds;
  };
  const options = { chartsOf, ...(forced === undefined ? {} : { chart: forced }) };
  const plans = planIngest(inputs, options, crypto);
  const patients = plans.filter(({ patient }) => patient !== undefined).length;
  const isMixed = byPatient.size === 0 && patients > 1;
  if (unclear.size > 0 || isMixed) throw refuse('PATIENT_UNCLEAR', { patients });
  return plans.flatMap((plan) => byTarget(plan, chartsFor(plan.patient)));
}

function byTarget(
  { patient, units }: PatientPlan,
  targets: readonly TargetChart[],
): AssignedUnits[] {
  return targets.flatMap((target) => {
    const own = units.filter(({ chart }) => chart === target.kind);
    return own.length === 0 ? [] : [{ target, patient, units: own }];
  });
}
