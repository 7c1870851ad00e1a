import { commitHostile, showTo } from '../hostile-opening.ts';
import { demand, demandRefusal, type Proof, type Step } from '../step.ts';
import { hostileBase } from './refuse-more.ts';
import { AUTHOR_CREDENTIAL, letter } from './write-history.ts';

/** Step 9: custodians refuse from the next block on, and new units are under a new key. */
export const revokeAccess: Step = {
  number: 9,
  title: 'The patient revokes',
  async run(state): Promise<Proof> {
    const { wallet, sharedKind, sharedUnits } = state;
    const { ward } = state.hospitalB;
    const base = await hostileBase(state);
    const header = await wallet.consent.revoke(sharedKind, state.leaf!);
    // B goes on with the header and roster that it had: everything else of the opening is right.
    const named = [sharedUnits[1]!.parsed!];
    const committed = await commitHostile({ ...base, named });
    for (const custodian of state.custodianIds) {
      await demandRefusal(['CHART_SUPERSEDED'], () => showTo(custodian, committed));
    }
    await demandRefusal(['GRANT_REVOKED'], () => ward.access.list(state.leaf!));
    const { chart } = wallet.keys.chart(sharedKind);
    const { crypto } = wallet.connection.realm;
    const units = [letter(1000, crypto)];
    const added = await state.hospitalA.ward.records.add({
      chart,
      units,
      credential: AUTHOR_CREDENTIAL,
    });
    const { number: epoch } = header.header.epoch;
    demand(added[0]?.epoch === epoch, 'the new unit is in the new epoch');
    const known = [...ward.keys.grant(state.leaf!).seeds.keys()];
    demand(!known.includes(epoch), 'hospital B has no key of the new epoch');
    return {
      proof:
        `header ${header.header.version} has no leaf of B; all custodians refused at the next ` +
        `block (CHART_SUPERSEDED); a unit written since is under epoch ${epoch}, of which B has ` +
        'no key',
    };
  },
};
