import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '@ward/ledger/schema';
import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import type { OrganisationWard, PersonWard } from '@ward/sdk';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';
import { addOrganisation } from '../../network/add-organisation.ts';
import { type Network, serversOfMember, startNetwork } from '../../network/index.ts';
import type { OrganisationPlan } from '../../network/organisations.ts';
import { choosePorts, listenOn } from '../../network/ports.ts';
import { draftPromotion, finishPromotion, signPromotion } from '../../network/promote-network.ts';
import { demand, demandRefusal, type Proof, type Step, type Tell } from '../step.ts';
import { openByTheBook } from '../steps/open-encounter.ts';
import { AUTHOR_CREDENTIAL, letter } from '../steps/write-history.ts';
import { demandProgress, demandSameLedger } from './same-ledger.ts';

const KIND = 'general';
const CLINIC: OrganisationPlan = {
  folder: 'clinic',
  name: 'Village clinic',
  roles: ['provider', 'registrar'],
  servers: { node: 4660, vault: 4661, custodian: 4662 },
  inbox: 'clinic',
  staff: [{ name: 'Synthetic Person C1', role: 'physician' }],
};
const CLINIC_PEER = 4663;
const NEW_CHAIN = 'ward-sandbox-2';
const NEWCOMERS: readonly OrganisationPlan[] = ['second', 'third', 'fourth'].map((name, i) => ({
  ...{ folder: name, name: `The ${name} organisation`, roles: ['provider'] },
  ...{ servers: { node: 4664 + 2 * i }, peer: 4665 + 2 * i, inbox: name, staff: [] },
}));
const FIFTH = { folder: 'fifth', name: 'The fifth organisation', node: 4670, peer: 4671 };
const BLOCKS = 3;
const GRANT_SECONDS = 24 * 3600;

/** Step 18: what one clinic had alone becomes the beginning of a network. */
export const promoteClinic: Step = {
  number: 18,
  title: 'A clinic with a ledger of its own becomes a network of four',
  async run({ stays, network: other }, tell): Promise<Proof> {
    // Its processes are not needed any more, and the new ones have the machine for themselves.
    if (!stays) await other.close();
    const home = mkdtempSync(join(tmpdir(), 'ward-clinic-'));
    tell('a clinic with a ledger of its own');
    const network = await startNetwork({
      ...{ home, organisations: [CLINIC], clockOffsetMs: 0, stopsOnSignals: false },
    });
    try {
      return await walk(network, tell);
    } finally {
      await network.close();
      rmSync(home, { recursive: true, force: true });
    }
  },
};

/** What stands before the promotion, to be looked at behind it. */
interface History {
  readonly leaf: Uint8Array;
  readonly receipt: Receipt;
}

async function walk(network: Network, tell: Tell): Promise<Proof> {
  const clinic = network.organisation(CLINIC.folder).id;
  const told: string[] = [];
  const openWallet = () => openPatient(network, (chain) => told.push(chain));
  const history = await live(network, clinic, openWallet);
  tell('the registrar signs the promotion');
  const ended = await promote(network, tell);
  const node = network.server(CLINIC.folder, 'node');
  await demandProgress(node, BLOCKS);
  tell('the wallet, which was away, looks what became of its log');
  const opened = await network.openOrganisation(CLINIC.folder);
  const { ward } = opened;
  const wallet = await openWallet();
  try {
    await demandHistory({ ward, wallet: wallet.ward, history, told });
    const { openings } = await openAgain({ network, ward, wallet: wallet.ward, history });
    await wallet.ward.consent.revoke(KIND, history.leaf);
    await demandRefusal(['GRANT_REVOKED'], () => ward.access.list(history.leaf));
    tell('a fifth organisation joins what goes on');
    await demandFifth(network, ward);
    const same = await demandSameLedger(network);
    return {
      proof:
        `the ledger ended at block ${ended}, and ${NEW_CHAIN} goes on with its state; a wallet ` +
        'that was away crossed over by what the old ledger says; its log is proved complete, ' +
        `with ${openings} openings on both sides; a receipt from before verifies; the grant was ` +
        `used and revoked; a fifth was voted in; all five have the same state at height ${same}`,
    };
  } finally {
    wallet.close();
    opened.close();
  }
}

function openPatient(network: Network, onCrossed: (chain: string) => void) {
  const path = join(network.home, 'patient');
  return openPerson(
    {
      ...{ path, clock: network.clock, carrierDelayMsMax: 0 },
      onCrossed: ({ networkFile }) => onCrossed(networkFile.genesis.chain),
    },
    'patient',
  );
}

/** A chart, a grant, an opening and a receipt on the clinic's own ledger. */
async function live(
  network: Network,
  clinic: AccountId,
  openWallet: () => ReturnType<typeof openPatient>,
): Promise<History> {
  saveNetworkFile(join(network.home, 'patient'), network.networkFile);
  const wallet = await openWallet();
  const opened = await network.openOrganisation(CLINIC.folder);
  const { ward } = opened;
  try {
    const parties = { vaults: [clinic], custodians: [clinic], threshold: 1 };
    const chart = await wallet.ward.charts.create({ kind: KIND, ...parties });
    await wallet.ward.charts.sendCard(KIND, clinic);
    await ward.access.collect();
    const { crypto } = ward.connection.realm;
    const units = [letter(0, crypto), letter(1, crypto)];
    await ward.records.add({ chart, units, credential: AUTHOR_CREDENTIAL });
    const until = wallet.ward.connection.now() + GRANT_SECONDS;
    const grant = { chart: KIND, grantee: clinic, purposes: ['TREAT'], until } as const;
    const { leaf } = await wallet.ward.consent.grant(grant);
    await ward.access.collect();
    await openOne(network, ward, leaf);
    const receipt = await ward.network.update({ name: `${CLINIC.name} (synthetic)` });
    return { leaf, receipt };
  } finally {
    wallet.close();
    opened.close();
  }
}

async function openOne(network: Network, ward: OrganisationWard, leaf: Uint8Array) {
  const [unit] = await ward.access.list(leaf);
  const [staff] = network.organisation(CLINIC.folder).staff;
  const opening = await openByTheBook(ward, staff!, { leaf, units: [unit!] });
  demand(opening.units[0]?.records.length === 1, 'the record opens');
}

/** @returns Height of the last block of the clinic's own ledger. */
async function promote(network: Network, tell: Tell): Promise<number> {
  const crypto = await loadCrypto();
  const ports = { crypto, clock: network.clock, random: systemRandom };
  const node = network.server(CLINIC.folder, 'node');
  const home = network.organisation(CLINIC.folder).home;
  const place = { home, nodeHome: join(home, 'node'), into: network.home };
  const opened = await network.openOrganisation(CLINIC.folder);
  try {
    const { ward } = opened;
    const [peer] = await choosePorts([CLINIC_PEER]);
    const wish = { chain: NEW_CHAIN, organisations: NEWCOMERS, address: listenOn(peer!) };
    const draft = await draftPromotion(place, wish, { ...ports, ward });
    const way = { ward, node: httpTransport(node.origin) };
    const answer = await signPromotion(draft, place, way);
    await node.stop();
    tell('three more organisations get the state that it ended with');
    const before = network.networkFile;
    const { newcomers } = await finishPromotion(draft, { answer, before }, { ...place, crypto });
    for (const member of newcomers) {
      network.adopt(member, serversOfMember(member, network, { home: network.home }));
    }
    await Promise.all(network.nodes.map((each) => each.start()));
    return answer.last.header.height;
  } finally {
    opened.close();
  }
}

interface Later {
  readonly ward: OrganisationWard;
  readonly wallet: PersonWard;
  readonly history: History;
}

async function demandHistory({
  ward,
  wallet,
  history: { leaf, receipt },
  told,
}: Later & { readonly told: readonly string[] }): Promise<void> {
  const log = await wallet.access.log(KIND);
  demand(told.join() === NEW_CHAIN, 'the wallet crossed over once, and said so');
  demand(log.openings.length === 1, `the log has ${log.openings.length} openings of one`);
  demand(!log.openings[0]!.isUnexplained, 'the opening from before is explained');
  const row = log.complete.find((each) => toHex(each.leaf) === toHex(leaf));
  demand(row?.firstAbsent === 1, 'the walk ends at the first empty slot');
  const again = await ward.ledger.receipt(receipt.transaction);
  const isSame = equalBytes(again.envelopeDigest, receipt.envelopeDigest);
  demand(isSame && again.block.header.chain !== NEW_CHAIN, 'the old receipt verifies');
}

/** The same grant opens one more, and the log shows both. */
async function openAgain({
  network,
  ward,
  wallet,
  history: { leaf },
}: Later & { readonly network: Network }): Promise<{ openings: number }> {
  await openOne(network, ward, leaf);
  const log = await wallet.access.log(KIND);
  demand(log.openings.length === 2, `the log has ${log.openings.length} openings of two`);
  const row = log.complete.find((each) => toHex(each.leaf) === toHex(leaf));
  demand(row?.firstAbsent === 2, 'the log is complete on both sides');
  return { openings: log.openings.length };
}

/** Somebody who was not there before is voted in by those who came. */
async function demandFifth(network: Network, ward: OrganisationWard): Promise<void> {
  const { networkFile } = ward.connection;
  const firstStateOf = join(network.organisation(CLINIC.folder).home, 'node');
  const promoted = { networkFile, firstStateOf };
  const { application, organisation } = await addOrganisation(network, { ...FIFTH, promoted });
  const { proposal } = await ward.network.proposeAdmission(application);
  for (const { folder } of NEWCOMERS.slice(0, proposal.missing)) {
    const voter = await network.openOrganisation(folder);
    await voter.ward.network.vote(proposal.number, 'yes').finally(() => voter.close());
  }
  const { status } = await ward.directory.show(organisation);
  demand(status === 'active', 'the fifth is a member');
}
