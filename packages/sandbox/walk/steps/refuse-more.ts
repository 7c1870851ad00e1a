import { entrySlot, type Grant } from '@ward/charts';
import { slotKey } from '@ward/ledger/schema';
import type { OrganisationWard } from '@ward/sdk';
import { commitHostile, type HostileOpening, showTo } from '../hostile-opening.ts';
import { demand, demandRefusal, type Proof, type Step } from '../step.ts';
import { WALK_CHARTS, type WalkState } from '../walk-state.ts';
import { clinicianOf } from './open-encounter.ts';

/** Step 8: another chart, and another unit than the entry names. */
export const refuseMore: Step = {
  number: 8,
  title: 'B asks for another chart, and for a unit that its entry did not name',
  async run(state): Promise<Proof> {
    const { wallet, sharedKind, sharedUnits } = state;
    const before = (await wallet.access.log(sharedKind)).refusals;
    const base = await hostileBase(state);
    const [first, second] = sharedUnits.map(({ parsed }) => parsed!);
    const foreign = otherChartUnit(state);
    const [custodian] = state.custodianIds;
    const unnamed = await commitHostile({ ...base, named: [first!], asked: [second!] });
    const codes = [await demandRefusal(['UNIT_UNNAMED'], () => showTo(custodian!, unnamed))];
    if (foreign !== undefined) {
      const other = await commitHostile({ ...(await hostileBase(state)), named: [foreign.unit] });
      codes.push(await demandRefusal(['UNIT_MISMATCH'], () => showTo(custodian!, other)));
    }
    const { refusals } = await wallet.access.log(sharedKind);
    const told = (log: typeof before, code: string) =>
      log.filter(({ verdict }) => verdict === code).length;
    demand(
      codes.every((code) => told(refusals, code) > told(before, code)),
      'each refusal is in the mailbox',
    );
    return {
      proof:
        `refused (${codes.join(', ')}); ` +
        `${codes.length === 1 ? 'the attempt is' : 'both attempts are'} in the patient's mailbox`,
      details: [
        foreign === undefined
          ? 'the bundle gives no unit in another chart'
          : `the other chart is the ${foreign.kind} chart`,
      ],
    };
  },
};

/** What hospital B has by its grant, for an opening that goes past its key service. */
export async function hostileBase(state: WalkState, leaf = state.leaf!): Promise<HostileBase> {
  const { ward } = state.hospitalB;
  const { envelope, grant } = ward.keys.grant(leaf);
  const { current, roster } = await ward.access.view(leaf);
  return {
    ward,
    staff: clinicianOf(state),
    grant,
    grantSalt: envelope.salt,
    header: current,
    roster,
    entryNumber: await nextEntryNumber(ward, grant),
  };
}

type HostileBase = Omit<HostileOpening, 'named' | 'asked'>;

/** The first place of a grant's entries that is free. */
async function nextEntryNumber(ward: OrganisationWard, grant: Grant): Promise<number> {
  const { grantee, openSecret } = grant;
  const { realm } = ward.connection;
  for (let n = 0; ; n++) {
    const key = slotKey(entrySlot({ grantee, openSecret, n }, realm));
    if ((await ward.connection.prove([key])).bytes(key) === null) return n;
  }
}

/** A unit of a chart that was not granted: mental health, if there is one. */
function otherChartUnit({ patient, sharedKind, timelines }: WalkState) {
  const kinds = [...WALK_CHARTS].reverse().filter((kind) => kind !== sharedKind);
  for (const kind of kinds) {
    const [unit] = timelines.get(patient)?.get(kind) ?? [];
    if (unit?.parsed !== undefined) return { kind, unit: unit.parsed };
  }
  return undefined;
}
