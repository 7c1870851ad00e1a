import { SYNTHETIC_MARK } from './names.ts';

/** Shorter texts turn up by chance in any bytes, and say nothing. */
const TERM_LENGTH_MIN = 5;
const DEPTH_MAX = 100;

/** Words of the FHIR standard itself, which the ledger's own words may share. */
const STANDARD_SYSTEMS =
  /^http:\/\/(terminology\.hl7\.org|hl7\.org\/fhir\/(?!sid)|unitsofmeasure\.org)|^urn:ietf:/;
const STANDARD_ELEMENTS = new Set([
  ...['resourceType', 'status', 'system', 'url', 'use', 'intent', 'unit', 'contentType', 'method'],
  ...['currency', 'country', 'outcome', 'lifecycleStatus', 'type', 'gender', 'mode', 'language'],
  ...['criticality', 'category'],
]);
const DATE = /^\d{4}-\d{2}(-\d{2})?/;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}.@-]*/gu;
/** Texts of which every word is searched for on its own. */
const NAME_ELEMENTS = new Set(['family', 'given', 'city']);

type Node = { readonly [element: string]: unknown };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

function addText(element: string, text: string, terms: Set<string>): void {
  const date = DATE.exec(text)?.[0];
  if (date !== undefined) terms.add(date);
  if (STANDARD_ELEMENTS.has(element)) return;
  terms.add(text);
  const id = /^urn:(?:uuid|oid):(.*)$/.exec(text)?.[1];
  if (id !== undefined) terms.add(id);
  if (NAME_ELEMENTS.has(element)) for (const [word] of text.matchAll(WORD)) terms.add(word);
}

function addTerms(value: unknown, terms: Set<string>, element = '', depth = 0): void {
  if (depth > DEPTH_MAX) return;
  if (typeof value === 'string') addText(element, value, terms);
  else if (Array.isArray(value)) for (const one of value) addTerms(one, terms, element, depth + 1);
  else if (isNode(value)) {
    // Organisations are members of the network: their names stand on the ledger on purpose.
    if (value.resourceType === 'Organization') return;
    const { system } = value;
    const isStandard = typeof system === 'string' && STANDARD_SYSTEMS.test(system);
    for (const [name, child] of Object.entries(value)) {
      const isWord = isStandard && (name === 'code' || name === 'display');
      if (!isWord && name !== 'meta') addTerms(child, terms, name, depth + 1);
    }
  }
}

/**
 * Everything of a bundle that must stand nowhere on a ledger: names and their parts, identifiers,
 * ids, addresses, dates, codes of clinical systems, and every text. Words of the FHIR standard
 * (`final`, `laboratory`) and texts of fewer than five signs are left out; so are organisations.
 *
 * @param bundle UTF-8 JSON of any FHIR bundle or resource, not only of generated ones.
 * @returns Different texts, in order.
 */
export function searchTerms({ bundle }: { readonly bundle: Uint8Array }): string[] {
  const terms = new Set<string>();
  addTerms(JSON.parse(new TextDecoder().decode(bundle)), terms);
  terms.delete(SYNTHETIC_MARK);
  return [...terms].filter((term) => [...term].length >= TERM_LENGTH_MIN).sort();
}
