import { hl7 } from './codes.ts';

/** A FHIR R4 resource as a plain object; its members stand in the order in which they were set. */
export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [element: string]: unknown;
}

export interface Reference {
  readonly reference: string;
}

/** HL7's label for data that are made up for tests. */
const TEST_TAG = hl7('v3-ActReason', 'HTEST', 'test health data').coding;
/** HL7's label for psychiatry, as DS4P puts it on a resource. */
const PSYCHIATRY_LABEL = hl7('v3-ActCode', 'PSY').coding;

export interface ResourceOptions {
  /** Carries the label of psychiatry. */
  readonly isPsychiatric?: boolean;
}

/** A resource that says of itself that it is synthetic. */
export function markedResource(
  resourceType: string,
  id: string,
  elements: object,
  { isPsychiatric = false }: ResourceOptions = {},
): Resource {
  const security = isPsychiatric ? { security: PSYCHIATRY_LABEL } : {};
  return { resourceType, id, meta: { ...security, tag: TEST_TAG }, ...elements };
}

/** A reference by the URL that the resource's entry in the bundle has. */
export function referenceTo({ id }: Resource): Reference {
  return { reference: `urn:uuid:${id}` };
}
