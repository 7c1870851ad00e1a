import { defineErrors } from '@ward/protocol';

const CHECK_THE_FILE = 'Check the file at this place; it was cut, altered or made by hand.';

/** Why a file is not taken. The data are places and numbers, never what stands in the file. */
export const refuse = defineErrors({
  INPUT_EMPTY: {
    status: 400,
    fields: [],
    text: 'The file has no content.',
    next: 'Choose another file.',
  },
  INPUT_TOO_LARGE: {
    status: 413,
    fields: ['sizeBytes', 'max'],
    text: 'The file is larger than the limit.',
    next: 'Split it; a bundle may be split between any two entries.',
  },
  INPUT_TOO_MANY: {
    status: 413,
    fields: ['max'],
    text: 'There are more files, resources or references than one call takes.',
    next: 'Split the input and add its parts one after the other.',
  },
  JSON_MALFORMED: {
    status: 400,
    fields: ['offset'],
    text: 'The JSON is not well-formed (RFC 8259).',
    next: CHECK_THE_FILE,
  },
  JSON_TRUNCATED: {
    status: 400,
    fields: ['offset'],
    text: 'The JSON ends in the middle of a value.',
    next: 'Get the whole file; it was cut on the way.',
  },
  JSON_TRAILING: {
    status: 400,
    fields: ['offset'],
    text: 'Something follows the JSON value.',
    next: 'Name the file .ndjson when it has one resource on each line.',
  },
  JSON_TOO_DEEP: {
    status: 400,
    fields: ['offset', 'max'],
    text: 'The JSON is nested deeper than the limit.',
    next: 'No FHIR resource needs as much; check what made the file.',
  },
  JSON_DUPLICATE_KEY: {
    status: 400,
    fields: ['offset'],
    text: 'An object of the JSON has a member twice, so that readers may disagree on its value.',
    next: 'Correct the resource at its source.',
  },
  JSON_TOO_MANY_MEMBERS: {
    status: 400,
    fields: ['offset', 'max'],
    text: 'An object of the JSON has more members than the limit.',
    next: 'No FHIR resource needs as many; add the file as a plain file.',
  },
  RESOURCE_TYPE_MISSING: {
    status: 400,
    fields: ['offset'],
    text: 'What stands where a FHIR resource belongs has no resource type.',
    next: 'Correct the file, or add it as a plain file.',
  },
  BUNDLE_INVALID: {
    status: 400,
    fields: ['offset'],
    text: 'The entries of the bundle are no list of objects.',
    next: 'Correct the bundle; it is a JSON object with a list called entry.',
  },
  INPUT_CHART_MISSING: {
    status: 404,
    fields: ['chart'],
    text: 'The patient has no chart of the kind that the input belongs to.',
    next: 'Ask the patient for a card of that chart, or choose another one.',
  },
});
