import { equalBytes } from '@ward/protocol';
import { type EventStore, memoryEventStore, type Opening, type UnitSummary } from '@ward/sdk';
import type { ClientNetwork } from '../../client-network.ts';
import { type ChartScene, openAsStaff } from '../chart-scene.ts';
import { once, type Scenario } from '../scenario.ts';

/** What clients ask of custodians, and of the nodes beside them while they do. */
export function custodianScenarios(scene: ChartScene): Scenario[] {
  const isCustodian = (origin: string) => !/node|vault/.test(origin);
  return [
    {
      name: 'a patient deals the shares of a new chart',
      lies: ['deal-share'],
      callsMax: 2,
      isLying: isCustodian,
      begin: creating(scene.network),
    },
    {
      name: 'a grantee opens a unit',
      lies: ['ask-opening'],
      callsMax: 2,
      isLying: isCustodian,
      isUnstoppable: true,
      begin: opening(scene),
    },
    {
      name: 'a patient erases a chart',
      lies: ['erase-shares'],
      callsMax: 2,
      isLying: isCustodian,
      begin: erasing(scene.network),
    },
    {
      name: 'a patient looks whether the custodians are there',
      lies: ['get-custodian-status'],
      callsMax: 1,
      isLying: isCustodian,
      begin: looking(scene),
    },
  ];
}

/** The same opening, while the node and the vault lie about what it needs. */
export function openingScenarios(scene: ChartScene): Scenario[] {
  return [
    {
      name: 'a grantee opens a unit, and the servers beside the custodians lie',
      lies: ['submit-transaction', 'prove-state', 'get-header', 'get-object'],
      callsMax: 2,
      oneIn: 25,
      isLying: (origin) => /node|vault/.test(origin),
      begin: opening(scene),
    },
  ];
}

function creating(network: ClientNetwork): Scenario['begin'] {
  return async (connect) => {
    const store = memoryEventStore();
    const owner = await network.person(store, { transport: connect });
    const parameters = {
      ...{ kind: 'general' as const, vaults: [network.id('hospital-a')] },
      ...{ custodians: network.custodians, threshold: 3 },
    };
    let chart: Uint8Array = new Uint8Array(32);
    return {
      async act() {
        chart = await owner.charts.create(parameters);
        return { chart, shares: 5, version: 0 };
      },
      truth: async () => ({ chart, ...(await standing(network, store)) }),
    };
  };
}

/** How a chart stands: its version, and how many custodians its header names. */
async function standing(network: ClientNetwork, store: EventStore) {
  const owner = await network.person(store);
  const { current } = await owner.charts.view('general');
  const { releases, version } = current.header;
  return { shares: releases.at(-1)!.custodians.length, version };
}

const ATTEMPTS_PER_GRANT = 40;

/** Each attempt is an entry of the same grant; now and then a new grant is made. */
function opening(scene: ChartScene): Scenario['begin'] {
  let attempts = 0;
  let unit: UnitSummary | undefined;
  const truth = once(async () => {
    const owner = await scene.ownerCopy();
    const own = (await owner.records.list('general')).find(({ commitment }) =>
      equalBytes(commitment, unit!.commitment),
    );
    return { records: await owner.records.open('general', own!), receipts: 3 };
  });
  return async (connect) => {
    if (attempts++ % ATTEMPTS_PER_GRANT === 0) await scene.grant(await scene.owner());
    const { leaf } = scene;
    unit ??= (await (await scene.organisation('hospital-b')).access.list(leaf))[0]!;
    const hospital = await scene.organisation('hospital-b', connect);
    return {
      act: async () => shownOpening(await openAsStaff(hospital, { leaf, units: [unit!] })),
      truth,
    };
  };
}

function shownOpening({ units, receipts }: Opening) {
  return { records: units[0]!.records, receipts: receipts.length };
}

function erasing(network: ClientNetwork): Scenario['begin'] {
  return async (connect) => {
    const store = memoryEventStore();
    const first = await network.person(store);
    await first.charts.create({
      ...{ kind: 'general', vaults: [network.id('hospital-a')] },
      ...{ custodians: network.custodians, threshold: 3 },
    });
    const owner = await network.person(store, { transport: connect });
    return {
      async act() {
        const { receipts, missing } = await owner.charts.erase('general');
        return { receipts: receipts.map(({ organisation }) => organisation), missing };
      },
      truth: async () => ({ receipts: network.custodians, missing: 0 }),
      isRepeatable: false,
      // Whoever did not sign is counted as missing; those who did are named.
      isShown: (claim) => {
        const { receipts, missing } = claim as { receipts: unknown[]; missing: number };
        return missing > 0 && receipts.length + missing === network.custodians.length;
      },
    };
  };
}

function looking(scene: ChartScene): Scenario['begin'] {
  return async (connect) => {
    const owner = await scene.ownerCopy(connect);
    return {
      act: async () =>
        (await owner.charts.custodians('general')).map(({ organisation, awaySince }) => ({
          ...{ organisation, isAway: awaySince !== null },
        })),
      truth: async () =>
        scene.network.custodians.map((organisation) => ({ organisation, isAway: false })),
      // Whoever does not say who it is has not answered: it is told as away.
      isShown: (claim) => (claim as { isAway: boolean }[]).some(({ isAway }) => isAway),
    };
  };
}
