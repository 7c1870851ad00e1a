import { CAPTION_KINDS, type CaptionKind } from '@ward/charts';
import type { ResourceFacts } from './read-resource.ts';

const KIND_OF_TYPE: { readonly [resourceType: string]: CaptionKind } = {
  AllergyIntolerance: 'allergies',
  Account: 'claim',
  ChargeItem: 'claim',
  Claim: 'claim',
  ClaimResponse: 'claim',
  Coverage: 'claim',
  CoverageEligibilityRequest: 'claim',
  CoverageEligibilityResponse: 'claim',
  EnrollmentRequest: 'claim',
  EnrollmentResponse: 'claim',
  ExplanationOfBenefit: 'claim',
  Invoice: 'claim',
  PaymentNotice: 'claim',
  PaymentReconciliation: 'claim',
  AdverseEvent: 'conditions',
  ClinicalImpression: 'conditions',
  Condition: 'conditions',
  DetectedIssue: 'conditions',
  FamilyMemberHistory: 'conditions',
  Flag: 'conditions',
  RiskAssessment: 'conditions',
  Appointment: 'encounter',
  AppointmentResponse: 'encounter',
  Encounter: 'encounter',
  EpisodeOfCare: 'encounter',
  ImagingStudy: 'imaging',
  Media: 'imaging',
  Immunization: 'immunizations',
  ImmunizationEvaluation: 'immunizations',
  ImmunizationRecommendation: 'immunizations',
  DiagnosticReport: 'laboratory',
  MolecularSequence: 'laboratory',
  Specimen: 'laboratory',
  Medication: 'medications',
  MedicationAdministration: 'medications',
  MedicationDispense: 'medications',
  MedicationRequest: 'medications',
  MedicationStatement: 'medications',
  Observation: 'observations',
  Patient: 'patient',
  Person: 'patient',
  RelatedPerson: 'patient',
  CarePlan: 'procedures',
  CareTeam: 'procedures',
  DeviceRequest: 'procedures',
  DeviceUseStatement: 'procedures',
  Goal: 'procedures',
  NutritionOrder: 'procedures',
  Procedure: 'procedures',
  ServiceRequest: 'procedures',
};

/** Codes of HL7's diagnostic services (v2-0074), of observation categories and of LOINC parts. */
const IMAGING_CATEGORIES = new Set([
  ...['rad', 'rus', 'ct', 'cus', 'nmr', 'nms', 'vus', 'xrc', 'imaging', 'lp29684-5'],
]);

/** One of the twelve words that a grantee sees of a record before it opens anything. */
export function captionKindOf({ type, categories }: ResourceFacts, mediaType: string): CaptionKind {
  if (type === '') {
    const isPicture = mediaType.startsWith('image/') || mediaType === 'application/dicom';
    return isPicture ? 'imaging' : 'document';
  }
  if (type === 'DiagnosticReport' || type === 'Observation') {
    if (categories.some((category) => IMAGING_CATEGORIES.has(category))) return 'imaging';
    if (categories.includes('laboratory')) return 'laboratory';
  }
  return Object.hasOwn(KIND_OF_TYPE, type) ? KIND_OF_TYPE[type]! : 'document';
}

/** The word for several records: of the encounter among them, else of most of them. */
export function captionKindOfAll(kinds: readonly CaptionKind[]): CaptionKind {
  if (kinds.includes('encounter')) return 'encounter';
  const counts = CAPTION_KINDS.map((kind) => kinds.filter((one) => one === kind).length);
  return CAPTION_KINDS[counts.indexOf(Math.max(...counts))]!;
}
