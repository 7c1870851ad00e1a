import { signStaffRequest } from '@ward/charts';
import type { Opening, OrganisationWard, UnitSummary } from '@ward/sdk';
import type { SandboxStaff } from '../../network/index.ts';
import { demand, type Proof, type Step } from '../step.ts';
import { CUSTODIANS_NEEDED, type WalkState } from '../walk-state.ts';

/** Opens units by the book: a member of staff signs, the key service does the rest. */
export function openByTheBook(
  ward: OrganisationWard,
  staff: SandboxStaff,
  { leaf, units }: { leaf: Uint8Array; units: readonly UnitSummary[] },
): Promise<Opening> {
  const parameters = { leaf, units, purpose: 'TREAT', reason: 'consultation' } as const;
  const request = ward.access.request(parameters);
  const { random, realm } = ward.connection;
  const actor = signStaffRequest(request, { staff, keyPair: staff.keyPair }, random, realm);
  return ward.access.open({ ...parameters, actor });
}

/** The member of staff of hospital B whom the walk follows. */
export function clinicianOf(state: WalkState): SandboxStaff {
  return state.network.organisation('hospital-b').staff.find(({ role }) => role === 'physician')!;
}

/** Step 6: one unit, opened. */
export const openEncounter: Step = {
  number: 6,
  title: 'A clinician of B opens one encounter',
  async run(state): Promise<Proof> {
    const { ward } = state.hospitalB;
    const units = await ward.access.list(state.leaf!);
    const unit = units.find(({ caption }) => caption?.kind === 'encounter') ?? units[0]!;
    const opening = await openByTheBook(ward, clinicianOf(state), {
      leaf: state.leaf!,
      units: [unit],
    });
    const [opened] = opening.units;
    demand(opened !== undefined && opened.records.length === unit.recordCount, 'the records open');
    const answers = opening.receipts.length;
    demand(answers === CUSTODIANS_NEEDED, `${answers} custodians released`);
    const sizes = opened.records.reduce((sum, { bytes }) => sum + bytes.length, 0);
    return {
      proof:
        `entry ${opening.n} was committed first; ${answers} custodians decided and proved their ` +
        `shares; ${opened.records.length} records (${sizes} bytes) decrypt to their commitments, ` +
        'signed by an account of hospital A',
    };
  },
};
