import { type Grant, makeRoster } from '@ward/charts';
import { commitHostile, showTo } from '../hostile-opening.ts';
import { demandRefusal, type Proof, type Step } from '../step.ts';
import type { WalkState } from '../walk-state.ts';
import { clinicianOf } from './open-encounter.ts';

const HOUR_SECONDS = 3600;

/** A grant that hospital B writes for itself. */
export function forgedGrant(state: WalkState): Grant {
  const { connection } = state.hospitalB.ward;
  const now = connection.now();
  return {
    grantee: state.id('hospital-b'),
    purposes: ['TREAT'],
    actions: ['read'],
    units: null,
    from: now - HOUR_SECONDS,
    until: now + HOUR_SECONDS,
    openingsMax: 20,
    unitsPerOpeningMax: 20,
    conditions: [],
    openSecret: connection.random.bytes(32),
    writePart: null,
  };
}

/** Step 4: hospital B has no grant, only a manifest that somebody gave it. */
export const refuseStranger: Step = {
  number: 4,
  title: 'Hospital B tries without a grant and is refused',
  async run(state): Promise<Proof> {
    const { ward } = state.hospitalB;
    const { current } = await state.wallet.charts.view(state.sharedKind);
    const committed = await commitHostile({
      ward,
      staff: clinicianOf(state),
      grant: forgedGrant(state),
      grantSalt: ward.connection.random.bytes(32),
      entryNumber: 0,
      header: current,
      roster: makeRoster([], ward.connection.random),
      named: [state.sharedUnits[0]!.parsed!],
    });
    let code = '';
    for (const custodian of state.custodianIds) {
      code = await demandRefusal(['GRANT_REVOKED'], () => showTo(custodian, committed));
    }
    const { refusals } = await state.wallet.access.log(state.sharedKind);
    const told = refusals.filter(({ verdict }) => verdict === code).length;
    return {
      proof:
        `${state.custodianIds.length} custodians refused (${code}): a grant that B wrote itself ` +
        `is in no roster; ${told} notices of the attempt are in the patient's mailbox`,
    };
  },
};
