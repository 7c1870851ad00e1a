import { absenceFields, authorityField, releaseField, releasePointField } from '@ward/charts';
import {
  accountKeyField,
  activeValidatorField,
  custodianField,
  endpointsField,
  fractionField,
  ledgerEventFields,
  passkeyField,
  planFields,
} from '@ward/ledger/schema';
import * as protocol from '@ward/protocol';
import { type Format, field, formatCatalogue } from '@ward/protocol';
import type { TSchema } from 'typebox';
import { type Groups, type Rule, ruleName } from './cddl.ts';

type Fields = { readonly [name: string]: TSchema };

/** What stands in several formats and is written once, by the name that documents give it. */
const PARTS: { readonly [name: string]: Fields } = {
  'block-time': protocol.blockTimeFields,
  'block-id': protocol.blockIdFields,
  'block-header': protocol.blockHeaderFields,
  'commit-signature': protocol.commitSignatureFields,
  commit: protocol.commitFields,
  validator: protocol.validatorFields,
  'state-proof': protocol.stateProofFields,
  'transaction-proof': protocol.transactionProofFields,
  'transaction-result': protocol.transactionResultFields,
  'ledger-event': ledgerEventFields,
  passkey: fieldsOf(passkeyField),
  'account-key': fieldsOf(accountKeyField),
  endpoints: fieldsOf(endpointsField),
  'custodian-member': fieldsOf(custodianField),
  fraction: fieldsOf(fractionField),
  'upgrade-plan': planFields,
  'active-validator': fieldsOf(activeValidatorField),
  authority: fieldsOf(authorityField),
  'release-key': fieldsOf(releaseField),
  'release-point': fieldsOf(releasePointField),
  'erased-absence': absenceFields,
};

function fieldsOf(schema: TSchema): Fields {
  const note = field.noteOf(schema);
  if (note.kind !== 'struct') throw new Error('only structs stand in several formats');
  return note.fields;
}

/** Every format and shared part of the packages that are loaded, by the name in documents. */
export function documentedRules(): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>();
  for (const [name, fields] of Object.entries(PARTS)) {
    rules.set(name, { name, version: undefined, fields });
  }
  for (const { name, version, fields } of formatCatalogue().values()) {
    if (rules.has(name)) throw new Error(`${name} is the name of a part and of a format`);
    rules.set(name, { name, version, fields });
  }
  return rules;
}

/** Names of the fields that stand in several rules. */
export function documentedGroups(): Groups {
  const groups = new Map<Fields, string>();
  for (const [name, fields] of Object.entries(PARTS)) groups.set(fields, name);
  const formats = [...formatCatalogue().values()];
  const byFields = new Map(formats.map((format) => [format.fields, format]));
  for (const format of formats) {
    for (const inner of innerStructs(format.schema)) {
      const other = byFields.get(inner);
      if (other !== undefined && other !== (format as Format<unknown>)) {
        groups.set(inner, `${ruleName(other.name)}-fields`);
      }
    }
  }
  return groups;
}

/** Fields of the structs inside a schema, itself included. */
function innerStructs(schema: TSchema): Fields[] {
  const note = field.noteOf(schema);
  switch (note.kind) {
    case 'nullable':
    case 'list':
      return innerStructs(note.item);
    case 'struct':
      return [note.fields, ...Object.values(note.fields).flatMap(innerStructs)];
    case 'variant':
      return Object.values(note.cases).flatMap(innerStructs);
    default:
      return [];
  }
}
