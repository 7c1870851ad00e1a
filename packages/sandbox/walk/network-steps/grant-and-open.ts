import { demand } from '../step.ts';
import { clinicianOf, openByTheBook } from '../steps/open-encounter.ts';
import type { WalkState } from '../walk-state.ts';

const GRANT_SECONDS = 24 * 3600;

/**
 * The patient grants anew, and hospital B opens a record, while something is wrong elsewhere.
 *
 * @returns How many custodians answered.
 * @throws DidNotHold
 */
export async function grantAndOpen(state: WalkState): Promise<number> {
  const { wallet, sharedKind } = state;
  const { ward } = state.hospitalB;
  const { leaf } = await wallet.consent.grant({
    chart: sharedKind,
    grantee: state.id('hospital-b'),
    purposes: ['TREAT'],
    until: wallet.connection.now() + GRANT_SECONDS,
  });
  await ward.access.collect();
  const units = await ward.access.list(leaf);
  const whole = units.filter(({ problem }) => problem === null || problem === undefined);
  const { receipts, units: opened } = await openByTheBook(ward, clinicianOf(state), {
    leaf,
    units: whole.slice(-1),
  });
  demand(opened.length === 1, 'a record opens');
  return receipts.length;
}
