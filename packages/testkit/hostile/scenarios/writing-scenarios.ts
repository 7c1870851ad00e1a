import { carriedSlot, Slot, signCarriedSlot, slotKey } from '@ward/ledger/schema';
import { equalBytes, toHex } from '@ward/protocol';
import { carry } from '@ward/sdk';
import type { ClientNetwork } from '../../client-network.ts';
import type { ChartScene, Connect } from '../chart-scene.ts';
import type { Scenario } from '../scenario.ts';
import { shownUnit } from './reading-scenarios.ts';

/**
 * What is written into a chart of two vaults, the first of which lies: either the writer hears of
 * it, or what it was told stands.
 */
export function writingScenarios(scene: ChartScene, lyingVault: string): Scenario[] {
  const isLying = (origin: string) => origin === lyingVault;
  const all = [...ownerWrites(scene), ...hospitalWrites(scene), ...letters(scene)];
  return all.map((scenario) => ({ ...scenario, isLying }));
}

function ownerWrites(scene: ChartScene): Scenario[] {
  return [
    {
      name: 'the owner grants',
      lies: ['put-header', 'put-objects', 'get-header', 'get-object', 'post-letter'],
      callsMax: 2,
      oneIn: 3,
      begin: granting(scene),
    },
    {
      name: 'the owner writes a unit of its own',
      lies: ['put-objects', 'upload-object', 'get-vault-status'],
      callsMax: 1,
      oneIn: 2,
      begin: async (connect: Connect) => {
        const owner = await scene.owner(connect);
        const unit = scene.largeUnit();
        return {
          async act() {
            await owner.records.add('general', { units: [unit] });
            return true;
          },
          truth: async () => isWhole(scene, unit.records[0]!.metadata.sizeBytes),
        };
      },
    },
    {
      name: 'the owner erases a record',
      lies: ['delete-object'],
      begin: erasing(scene),
    },
  ];
}

/** The header is the newest, its roster has the leaf, and other clients see it. */
function granting(scene: ChartScene): Scenario['begin'] {
  return async (connect) => {
    const owner = await scene.owner(connect);
    const grantee = scene.network.id('payer');
    const until = owner.connection.now() + 1000;
    return {
      async act() {
        await owner.consent.grant({ chart: 'general', grantee, purposes: ['HPAYMT'], until });
        return newestVersion(owner);
      },
      truth: async () => newestVersion(await scene.ownerCopy()),
    };
  };
}

async function newestVersion(owner: Awaited<ReturnType<ChartScene['owner']>>): Promise<unknown> {
  const { current } = await owner.charts.view('general');
  return { digest: current.digest, roster: current.header.roster };
}

/** Every unit of the chart verifies, and one of its records has this size. */
async function isWhole(scene: ChartScene, sizeBytes: number): Promise<boolean> {
  const owner = await scene.ownerCopy();
  const units = await owner.records.list('general');
  const last = units.at(-1)!;
  const [record] = await owner.records.open('general', last);
  return units.every(({ problem }) => problem === undefined) && record!.bytes.length === sizeBytes;
}

function erasing(scene: ChartScene): Scenario['begin'] {
  return async (connect) => {
    const hospital = await scene.organisation('hospital-a');
    const [added] = await scene.write(hospital, scene.newUnits(1));
    const owner = await scene.owner(connect);
    const units = await (await scene.ownerCopy()).records.list('general');
    // Of units that the owner wrote to a liar there may be one copy only.
    const unit = units.find(({ commitment }) => equalBytes(commitment, added!.commitment))!;
    return {
      async act() {
        const { receipts, missing } = await owner.records.eraseRecord('general', unit, 0);
        const signers = receipts.map(({ organisation }) => toHex(organisation));
        return { receipts: signers.sort(), missing };
      },
      truth: async () => {
        const receipts = scene.vaults.map((name) => toHex(scene.network.id(name)));
        return { receipts: receipts.sort(), missing: 0 };
      },
      isShown: (claim) => (claim as { missing: number }).missing === 1,
    };
  };
}

function hospitalWrites(scene: ChartScene): Scenario[] {
  return [
    {
      name: 'a hospital writes units while the patient is away',
      lies: ['get-header', 'put-objects', 'upload-object', 'post-notice'],
      callsMax: 2,
      oneIn: 5,
      begin: async (connect) => {
        const hospital = await scene.organisation('hospital-a', connect);
        const units = [...scene.newUnits(1), scene.largeUnit()];
        const earlier = await listed(scene);
        return {
          async act() {
            await scene.write(hospital, units);
            return (await listed(scene)).slice(earlier.length).map(({ problem }) => problem);
          },
          truth: async () => units.map(() => undefined),
        };
      },
    },
  ];
}

async function listed(scene: ChartScene) {
  const units = await (await scene.ownerCopy()).records.list('general');
  return units.map(shownUnit);
}

/** Letters may be kept back, and nothing else: what is believed was really sent. */
function letters(scene: ChartScene): Scenario[] {
  const held = async (hospital: Awaited<ReturnType<ChartScene['organisation']>>) =>
    [...hospital.keys.state.cards.values()].map(({ chart }) => chart);
  return [
    {
      name: 'a laboratory reads its inbox',
      lies: ['list-letters', 'delete-letters'],
      callsMax: 1,
      begin: async (connect) => {
        const owner = await scene.owner();
        const laboratory = await scene.organisationCopy('laboratory', connect);
        const honest = await scene.organisationCopy('laboratory');
        return {
          async act() {
            await owner.charts.sendCard('general', laboratory.keys.account);
            await laboratory.access.collect();
            return held(laboratory);
          },
          async truth() {
            await honest.access.takeCard(await owner.charts.card('general', honest.keys.account));
            return held(honest);
          },
          isShown: (claim) => (claim as unknown[]).length === 0,
        };
      },
    },
  ];
}

/** What a node says that carries slots of one-time keys. */
export function carryingScenarios(scene: ChartScene): Scenario[] {
  const isLying = (origin: string) => origin === 'memory://node';
  return [
    { name: 'a slot is carried', lies: ['carry-slot'], isLying, begin: carrying(scene.network) },
    {
      ...{ name: 'the owner grants, and the node lies of the state', lies: ['prove-state'] },
      ...{ oneIn: 40, isLying, begin: granting(scene) },
    },
  ];
}

/** The slot stands in the state with its value, whatever the receipt says. */
function carrying(network: ClientNetwork): Scenario['begin'] {
  return async (transport) => {
    const { connection } = await network.reader({ transport });
    const honest = await network.reader();
    const { realm, random } = connection;
    const chart = random.bytes(32);
    const keyPair = realm.crypto.ed25519.keyPair(random.bytes(32));
    const slot = signCarriedSlot({ value: random.bytes(32), keyPair }, realm);
    return {
      async act() {
        await carry(connection, { chart, slot });
        return slot.value;
      },
      async truth() {
        const key = slotKey(carriedSlot(slot.pk, realm));
        return (await honest.ledger.prove([key])).record(Slot, key)?.value;
      },
    };
  };
}
