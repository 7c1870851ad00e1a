import { type Digest, word } from '@ward/protocol';
import type { UnitSummary } from '@ward/sdk';
import { shortId } from '../frame/names.ts';
import type { OrganisationSession } from '../frame/session.ts';
import { monthText } from '../show/times.ts';
import { findOne } from './find-one.ts';
import { unitId } from './find-unit.ts';

/**
 * The units that a grant reaches and that were named; else those that the person chooses by
 * caption.
 *
 * @throws WardError `ID_*`, `FLAG_NEEDED`, what listing throws.
 */
export async function chooseGrantedUnits(
  leaf: Digest,
  { unit, all }: { readonly unit: readonly string[]; readonly all: boolean },
  { ward, ask }: OrganisationSession,
): Promise<readonly UnitSummary[]> {
  const listed = await ward.access.list(leaf);
  const items = listed.filter(({ isErased, problem }) => !isErased && problem === undefined);
  if (all) return items;
  if (unit.length > 0) {
    const candidates = { items: listed, idOf: unitId, kind: word('unit') };
    return unit.map((wanted) => findOne(wanted, candidates));
  }
  const choices = items.map((value) => ({ value, label: captionText(value) }));
  return ask.chooseMany('Which units?', choices, word('--unit'));
}

/** What may be known of a unit before it is opened. */
export function captionText(unit: UnitSummary): string {
  const { caption } = unit;
  const month = monthText(caption?.month ?? 0);
  return [caption?.kind, month, `(${shortId(unitId(unit))})`].filter(Boolean).join(' ');
}
