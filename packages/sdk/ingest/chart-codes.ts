import type { ChartKind } from '@ward/charts';

/**
 * Which codes say that a resource belongs to a chart of its own. Reviewed row by row: a code stands
 * here when the fact that a person has it is what the chart is there to keep apart. Codes only, in
 * the words of nobody: what a code means stands behind it. Whoever needs more labels the resource
 * (`meta.security`) or names the chart.
 */
interface CodeRow {
  readonly chart: ChartKind;
  readonly system: string;
  /** Whole codes. */
  readonly codes?: readonly string[];
  /** Beginnings of codes: chapters and blocks of a classification. */
  readonly prefixes?: readonly string[];
}

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';
const ICD10_CM = 'http://hl7.org/fhir/sid/icd-10-cm';
const ICD10 = 'http://hl7.org/fhir/sid/icd-10';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

export const CHART_CODES: readonly CodeRow[] = [
  // ICD-10, chapter V: F10 to F19 are substances; F17, nicotine, every clinic asks and tells.
  ...[ICD10_CM, ICD10].map((system): CodeRow => {
    const prefixes = ['F10', 'F11', 'F12', 'F13', 'F14', 'F15', 'F16', 'F18', 'F19'];
    return { chart: 'substance-use', system, prefixes };
  }),
  // ICD-10, chapter V without F00 to F09: dementia and delirium are for everyone who treats.
  ...[ICD10_CM, ICD10].map((system): CodeRow => {
    return { chart: 'mental-health', system, prefixes: ['F2', 'F3', 'F4', 'F5', 'F6', 'F9'] };
  }),
  // ICD-10: chapter XV (pregnancy), Z30 to Z39 (reproduction), N97 and N46 (infertility), A50 to
  // A64 (infections passed on by sex), B20 to B24 and Z21 (HIV).
  ...[ICD10_CM, ICD10].map((system): CodeRow => {
    const prefixes = ['O', 'Z3', 'N97', 'N46', 'A5', 'A60', 'A63', 'A64', 'B20', 'B24', 'Z21'];
    return { chart: 'reproductive-health', system, prefixes };
  }),
  // ICD-10-CM: Z14 (carriers) and Z15 (inherited susceptibility), section "genetic carrier".
  { chart: 'genomics', system: ICD10_CM, prefixes: ['Z14', 'Z15'] },

  // SNOMED CT, below 74732009 (mental disorder): depressive disorders, anxiety, post-traumatic
  // stress, bipolar, schizophrenia, psychosis, obsessive-compulsive, attention deficit, suicide.
  {
    chart: 'mental-health',
    system: SNOMED,
    codes: [
      ...['74732009', '35489007', '370143000', '36923009', '197480006', '21897009', '47505003'],
      ...['13746004', '58214004', '69322001', '191736004', '406506008', '192127007', '6471006'],
      ...['82313006', '36474008'],
    ],
  },
  // SNOMED CT, procedures: psychotherapy, behavioural therapy, screening for both.
  {
    chart: 'mental-health',
    system: SNOMED,
    codes: [...['75516001', '228557008', '171207006', '710841007', '715252007', '454711000124102']],
  },
  // LOINC: PHQ-9 and PHQ-2 (panel, total), GAD-7 (panel, total).
  {
    chart: 'mental-health',
    system: LOINC,
    codes: ['44249-1', '44261-6', '55757-9', '55758-7', '69737-5', '70274-6'],
  },

  // SNOMED CT: alcoholism, alcohol and substance misuse, drug and opioid dependence, overdose.
  {
    chart: 'substance-use',
    system: SNOMED,
    codes: [
      ...['7200002', '15167005', '66214007', '191816009', '75544000', '5602001', '26416006'],
      '55680006',
    ],
  },
  // LOINC: total scores of AUDIT, AUDIT-C and DAST-10.
  { chart: 'substance-use', system: LOINC, codes: ['75624-7', '75626-2', '82667-7'] },

  // SNOMED CT: pregnancy and its ends and complications, birth, care before and after it,
  // contraception, HIV.
  {
    chart: 'reproductive-health',
    system: SNOMED,
    codes: [
      ...['77386006', '72892002', '19169002', '398254007', '15938005', '35999006', '156073000'],
      ...['79586000', '11466000', '177184002', '66348005', '65147003', '424441002', '424619006'],
      ...['169762003', '169553002', '65200003', '714812005', '86406008', '62479008'],
    ],
  },
  // LOINC: pregnancy status, gestational age, hCG in urine and serum, last menstrual period.
  {
    chart: 'reproductive-health',
    system: LOINC,
    codes: ['82810-3', '11884-4', '2106-3', '2110-5', '8665-2'],
  },

  // LOINC, HL7's genetics reporting: panel, report, gene, variant, change of DNA and of protein.
  {
    chart: 'genomics',
    system: LOINC,
    codes: [
      ...['81247-9', '51969-4', '48018-6', '69548-6', '81252-9', '53037-8', '48004-6', '48005-3'],
    ],
  },
];

/** Resource types that belong to one chart whatever they say (FHIR R4, resource list). */
export const CHART_TYPES: { readonly [resourceType: string]: ChartKind } = {
  MolecularSequence: 'genomics',
  MedicationAdministration: 'medications',
  MedicationDispense: 'medications',
  MedicationRequest: 'medications',
  MedicationStatement: 'medications',
};

/** HL7 v3 ActCode, as FHIR R4 and older systems write its name. */
export const LABEL_SYSTEMS: ReadonlySet<string> = new Set([
  ...[ACT_CODE, 'http://hl7.org/fhir/v3/ActCode', 'urn:oid:2.16.840.1.113883.5.4'],
]);

/**
 * Sensitivity labels of HL7's Healthcare Privacy and Security Classification System, as DS4P puts
 * them in `meta.security` (v3 ActCode, ActInformationSensitivityPolicy and ActPrivacyLaw).
 */
export const CHART_LABELS: { readonly [label: string]: ChartKind } = {
  // Substance use: 42 CFR Part 2, and the codes for alcohol and opioids.
  '42CFRPart2': 'substance-use',
  ETH: 'substance-use',
  ETHUD: 'substance-use',
  OPIOIDUD: 'substance-use',
  SUD: 'substance-use',
  // Psychiatry, psychotherapy notes, behavioural health, emotional disturbance.
  BH: 'mental-health',
  EMOTDIS: 'mental-health',
  MH: 'mental-health',
  PSY: 'mental-health',
  PSYTHPN: 'mental-health',
  // Violence and sexual trauma have no chart of their own; this one is as closely kept.
  MST: 'mental-health',
  SDV: 'mental-health',
  VIO: 'mental-health',
  // Sexuality and reproduction; infections passed on by sex.
  HIV: 'reproductive-health',
  SEX: 'reproductive-health',
  STD: 'reproductive-health',
  // Genetic disease; sickle cell is one.
  GDIS: 'genomics',
  SCA: 'genomics',
  SICKLE: 'genomics',
};

/** The most strictly kept first: the chart of a resource for which several would do. */
export const CHART_ORDER: readonly ChartKind[] = [
  ...(['substance-use', 'mental-health', 'reproductive-health', 'genomics'] as const),
];
