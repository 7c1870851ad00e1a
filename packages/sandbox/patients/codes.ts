/** FHIR CodeableConcept: what is meant, in our own words and in codes. */
export interface Concept {
  readonly coding?: readonly { readonly system: string; readonly code: string }[];
  readonly text: string;
}

const LOINC = 'http://loinc.org';
const SNOMED = 'http://snomed.info/sct';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const CVX = 'http://hl7.org/fhir/sid/cvx';
const ICD10_CM = 'http://hl7.org/fhir/sid/icd-10-cm';
/** Folder of HL7's own code systems. */
const HL7 = 'http://terminology.hl7.org/CodeSystem';

export const UCUM = 'http://unitsofmeasure.org';
export const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';

/** A concept of HL7's: they come with the words of HL7. */
export function hl7(name: string, code: string, display?: string) {
  const coding = { system: `${HL7}/${name}`, code };
  return { coding: [display === undefined ? coding : { ...coding, display }] };
}

const loinc = (code: string, text: string): Concept => ({
  coding: [{ system: LOINC, code }],
  text,
});
const snomed = (code: string, text: string): Concept => ({
  coding: [{ system: SNOMED, code }],
  text,
});
const rxnorm = (code: string, text: string): Concept => ({
  coding: [{ system: RXNORM, code }],
  text,
});
const cvx = (code: string, text: string): Concept => ({ coding: [{ system: CVX, code }], text });
const diagnosis = (sct: string, icd: string, text: string): Concept => ({
  coding: [
    { system: SNOMED, code: sct },
    { system: ICD10_CM, code: icd },
  ],
  text,
});

export const CONDITIONS = {
  asthma: diagnosis('195967001', 'J45.909', 'Asthma'),
  bronchitis: diagnosis('10509002', 'J20.9', 'Acute bronchitis'),
  depression: diagnosis('370143000', 'F32.1', 'Depression, one episode, moderate'),
  diabetes: diagnosis('44054006', 'E11.9', 'Diabetes of type 2'),
  forearmCut: diagnosis('283371005', 'S51.819A', 'Cut of the forearm'),
  hypertension: diagnosis('38341003', 'I10', 'High blood pressure'),
  pregnancy: diagnosis('72892002', 'Z34.90', 'Pregnancy without complications'),
  sinusitis: diagnosis('444814009', 'J01.90', 'Viral sinusitis'),
  soreThroat: diagnosis('43878008', 'J02.0', 'Sore throat from streptococci'),
  ankleSprain: diagnosis('44465007', 'S93.409A', 'Sprained ankle'),
  wristFracture: diagnosis('65966004', 'S52.509A', 'Broken forearm near the wrist'),
} as const;

export const ENCOUNTER_TYPES = {
  birth: { text: 'Stay for a birth' },
  checkUp: snomed('185349003', 'Check-up'),
  emergency: snomed('50849002', 'Visit to the emergency department'),
  followUp: snomed('390906007', 'Follow-up visit'),
  prenatal: snomed('424619006', 'Visit during pregnancy'),
  symptom: snomed('185345009', 'Visit for a complaint'),
} as const;

export const PROCEDURES = {
  behaviouralTherapy: snomed('228557008', 'Talking therapy, one session'),
  birth: snomed('66348005', 'Birth of a child'),
  colonoscopy: snomed('73761001', 'Examination of the colon'),
  immobilisation: snomed('274474001', 'Cast to keep a bone still'),
  spirometry: snomed('127783003', 'Breathing test'),
  suture: snomed('288086009', 'Stitches for an open wound'),
} as const;

export const MEDICATIONS = {
  acetaminophen: rxnorm('313782', 'Acetaminophen 325 mg tablets'),
  albuterol: rxnorm('745679', 'Albuterol inhaler, 90 micrograms a puff'),
  amlodipine: rxnorm('197361', 'Amlodipine 5 mg tablets'),
  amoxicillin: rxnorm('308191', 'Amoxicillin 500 mg capsules'),
  fluticasone: rxnorm('895994', 'Fluticasone inhaler, 44 micrograms a puff'),
  ibuprofen: rxnorm('310965', 'Ibuprofen 200 mg tablets'),
  lisinopril: rxnorm('314076', 'Lisinopril 10 mg tablets'),
  metformin: rxnorm('861007', 'Metformin 500 mg tablets'),
  sertraline: rxnorm('312941', 'Sertraline 50 mg tablets'),
} as const;

export const ALLERGIES = {
  grass: snomed('418689008', 'Allergy to grass pollen'),
  latex: snomed('300916003', 'Allergy to latex'),
  nuts: snomed('91934008', 'Allergy to nuts'),
  penicillin: snomed('91936005', 'Allergy to penicillin'),
} as const;

export const MEASURES = {
  bloodPressure: loinc('85354-9', 'Blood pressure'),
  bmi: loinc('39156-5', 'Body mass index'),
  cholesterol: loinc('2093-3', 'Cholesterol in serum'),
  creatinine: loinc('2160-0', 'Creatinine in serum'),
  diastolic: loinc('8462-4', 'Diastolic blood pressure'),
  fev1: loinc('20150-9', 'Air breathed out in the first second'),
  gestationWeeks: loinc('11884-4', 'Weeks of pregnancy'),
  glucose: loinc('2339-0', 'Glucose in blood'),
  hba1c: loinc('4548-4', 'Haemoglobin A1c in blood'),
  hdl: loinc('2085-9', 'HDL cholesterol in serum'),
  heartRate: loinc('8867-4', 'Heart rate'),
  height: loinc('8302-2', 'Body height'),
  ldl: loinc('13457-7', 'LDL cholesterol in serum, calculated'),
  phq9: loinc('44261-6', 'PHQ-9 total score'),
  pregnancyTest: loinc('2106-3', 'Pregnancy test in urine'),
  smoking: loinc('72166-2', 'Smoking status'),
  systolic: loinc('8480-6', 'Systolic blood pressure'),
  temperature: loinc('8310-5', 'Body temperature'),
  triglycerides: loinc('2571-8', 'Triglycerides in serum'),
  weight: loinc('29463-7', 'Body weight'),
} as const;

export const PANELS = {
  lipids: loinc('24331-1', 'Lipid tests'),
} as const;

export const DOCUMENT_TYPES = {
  emergencyNote: loinc('34111-5', 'Note of the emergency department'),
  imagingReport: loinc('18748-4', 'Report of an imaging study'),
  progressNote: loinc('11506-3', 'Progress note'),
  summary: loinc('34133-9', 'Summary of an episode'),
} as const;

export const ANSWERS = {
  formerSmoker: snomed('8517006', 'Smoked in the past'),
  neverSmoked: snomed('266919005', 'Never smoked'),
  positive: snomed('10828004', 'Positive'),
} as const;

export const VACCINES = {
  chickenpox: cvx('21', 'Chickenpox vaccine'),
  dtap: cvx('20', 'Diphtheria, tetanus and whooping cough vaccine for children'),
  flu: cvx('140', 'Influenza vaccine of the season'),
  hepatitisA: cvx('83', 'Hepatitis A vaccine for children'),
  hepatitisB: cvx('08', 'Hepatitis B vaccine for children'),
  hib: cvx('49', 'Hib vaccine'),
  hpv: cvx('165', 'HPV vaccine with nine types'),
  measles: cvx('03', 'Measles, mumps and rubella vaccine'),
  meningococci: cvx('114', 'Meningococcal vaccine'),
  pneumococci: cvx('133', 'Pneumococcal vaccine with 13 types'),
  pneumococciAdult: cvx('33', 'Pneumococcal vaccine with 23 types'),
  polio: cvx('10', 'Polio vaccine'),
  rotavirus: cvx('116', 'Rotavirus vaccine'),
  tetanus: cvx('113', 'Tetanus and diphtheria vaccine for adults'),
  tetanusTeen: cvx('115', 'Tetanus, diphtheria and whooping cough booster'),
  zoster: cvx('187', 'Shingles vaccine'),
} as const;

export const PLANS = {
  asthma: snomed('699728000', 'Plan for living with asthma'),
  diabetes: snomed('698360004', 'Plan for living with diabetes'),
  hypertension: snomed('443402002', 'Plan for lower blood pressure'),
} as const;
