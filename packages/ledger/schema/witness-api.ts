import {
  defineEndpoint,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  LedgerEvidence,
  NOTE_LIMITS,
  VERIFIER_KEY_LENGTH_MAX,
} from '@ward/protocol';

/** The newest head that a witness cosigned, as a signed note of C2SP. */
export const CosignedHead = defineFormat('cosigned-head', 1, {
  note: field.text(NOTE_LIMITS.lengthMax),
});
export type CosignedHead = FormatOf<typeof CosignedHead>;

export const getCosignedHead = defineEndpoint({
  name: 'get-cosigned-head',
  method: 'GET',
  path: '/v1/witness/head',
  summary: 'The newest head that this witness cosigned, with its time',
  params: {},
  query: {},
  body: null,
  answer: CosignedHead,
  signedBy: 'nobody',
});

/** What a witness says of itself. */
export const WitnessStatus = defineFormat('witness-status', 1, {
  software: field.text(64),
  /** Verifier key of C2SP, with its name: compare it with what you were told elsewhere. */
  key: field.text(VERIFIER_KEY_LENGTH_MAX),
  network: field.bytes(32),
  chain: field.text(50),
  /** Of the head that it cosigned last; 0 before the first. */
  height: field.integer<Height>(),
  /** It has evidence against the ledger, and cosigns nothing any more. */
  alarm: field.boolean(),
});
export type WitnessStatus = FormatOf<typeof WitnessStatus>;

export const getWitnessStatus = defineEndpoint({
  name: 'get-witness-status',
  method: 'GET',
  path: '/v1/witness/status',
  summary: 'Who this witness is, what it cosigned last, and whether it stopped',
  params: {},
  query: {},
  body: null,
  answer: WitnessStatus,
  signedBy: 'nobody',
});

/** Evidence that a witness keeps: of one thing that it saw, and how much more there is. */
export const WitnessEvidence = defineFormat('witness-evidence', 1, {
  evidence: field.nullable(LedgerEvidence.schema),
  count: field.integer(),
});
export type WitnessEvidence = FormatOf<typeof WitnessEvidence>;

export const getWitnessEvidence = defineEndpoint({
  name: 'get-witness-evidence',
  method: 'GET',
  path: '/v1/witness/evidence/:position',
  summary: 'What this witness holds against the ledger, one after the other from 0 on',
  params: { position: field.integer() },
  query: {},
  body: null,
  answer: WitnessEvidence,
  signedBy: 'nobody',
});
