import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type FormatOf,
  field,
  hash,
  type Realm,
  type Seconds,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';

/** HL7 v3 PurposeOfUse codes that a grant may name. One that is not here is refused. */
export const PURPOSES = [
  'CAREMGT',
  'CLINTRCH',
  'ETREAT',
  'FAMRQT',
  'HOPERAT',
  'HPAYMT',
  'HRESCH',
  'PATRQT',
  'PUBHLTH',
  'PWATRNY',
  'TREAT',
] as const;
export type Purpose = (typeof PURPOSES)[number];

export const ACTIONS = ['read', 'write'] as const;
export type Action = (typeof ACTIONS)[number];

/** Conditions that `decide` knows how to check. */
export const CONDITIONS: readonly string[] = [];

/**
 * What is granted. It is a permit: an exception is a grant that the wallet does not make. Its leaf
 * stands in the roster; custodians see it when it is used.
 */
export const Grant = defineFormat('grant', 1, {
  /** Organisation. */
  grantee: field.bytes(ACCOUNT_ID_BYTES),
  purposes: field.list(field.word(PURPOSES), { min: 1, max: PURPOSES.length }),
  actions: field.list(field.word(ACTIONS), { min: 1, max: ACTIONS.length }),
  /** Labels of the units that may be opened; null: all. */
  units: field.nullable(
    field.list(field.bytes(DIGEST_BYTES), { min: 1, max: LIMITS.grantUnitsMax, sortedBy: '' }),
  ),
  from: field.integer<Seconds>(),
  until: field.integer<Seconds>(),
  openingsMax: field.integer(0, LIMITS.openingsMax),
  unitsPerOpeningMax: field.integer(0, LIMITS.unitsPerOpeningMax),
  conditions: field.list(field.word(CONDITIONS), { max: 8 }),
  /** os: tells the addresses of the grant's entries. */
  openSecret: field.bytes(32),
  /** H(write-part, ws) of a grant to write; null for one to read. */
  writePart: field.nullable(field.bytes(DIGEST_BYTES)),
});
export type Grant = FormatOf<typeof Grant>;

/** H(write-part, ws): binds a grant's write secret without showing it to custodians. */
export function writePart(writeSecret: Uint8Array, realm: Realm): Digest {
  return hash('write-part', [writeSecret], realm);
}

/** H(grant, salt, body): the grant's place in the roster. */
export function grantLeaf(
  { salt, grant }: { salt: Uint8Array; grant: Uint8Array },
  realm: Realm,
): Digest {
  return hash('grant', [salt, grant], realm);
}

/**
 * Purposes as a person or another system gives them.
 *
 * @throws WardError `WORD_UNKNOWN`.
 */
export function parsePurposes(words: readonly string[]): Purpose[] {
  return words.map((word) => {
    const purpose = PURPOSES.find((known) => known === word);
    if (purpose === undefined) throw refuse('WORD_UNKNOWN');
    return purpose;
  });
}
