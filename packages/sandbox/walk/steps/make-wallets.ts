import { join } from 'node:path';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';
import { readLedgerTexts } from '../ledger-texts.ts';
import { demand, type Proof, type Step } from '../step.ts';
import type { WalkPatient } from '../walk-patient.ts';
import {
  CUSTODIANS_NEEDED,
  redirectedTransport,
  WALK_CHARTS,
  type WalkState,
} from '../walk-state.ts';

/** Step 1: wallets, three charts each, cards for hospital A. */
export const makeWallets: Step = {
  number: 1,
  title: 'A patient makes a wallet, three charts, and hands hospital A their cards',
  async run(state, tell): Promise<Proof> {
    state.ledgerBefore = await readLedgerTexts(state.hospitalA.ward);
    for (const [i, patient] of state.patients.entries()) {
      await makeWallet(state, patient);
      const { length } = state.patients;
      tell(`wallet ${i + 1} of ${length}`, (i + 1) / length);
    }
    const { cards } = await state.hospitalA.ward.access.collect();
    const charts = state.patients.length * WALK_CHARTS.length;
    demand(cards === charts, `hospital A found ${cards} cards of ${charts}`);
    const custodians = state.custodianIds.length;
    return {
      proof:
        `${charts} charts; every header is proved current by the ledger; ${custodians} ` +
        `custodians signed for a share of each release key, ${CUSTODIANS_NEEDED} are needed to ` +
        'open',
    };
  },
};

async function makeWallet(state: WalkState, patient: WalkPatient): Promise<void> {
  const { network } = state;
  const path = join(network.home, 'patients', patient.folder);
  saveNetworkFile(path, network.networkFile);
  const { clock } = network;
  const transport = redirectedTransport(state.redirects);
  const home = await openPerson({ path, clock, transport, carrierDelayMsMax: 0 }, patient.folder);
  state.wards.set(patient, home);
  const { ward } = home;
  const vaults = [state.id('hospital-a')];
  const custodians = state.custodianIds;
  for (const kind of WALK_CHARTS) {
    await ward.charts.create({ kind, vaults, custodians, threshold: CUSTODIANS_NEEDED });
    await ward.charts.sendCard(kind, state.id('hospital-a'));
    const { current } = await ward.charts.view(kind);
    demand(current.header.version === 0, 'a new chart begins with header 0');
  }
}
