import { isDeepStrictEqual } from 'node:util';
import type { Transport } from '@ward/protocol';
import type { OwnersLog, UnitSummary } from '@ward/sdk';
import type { ChartScene, Connect } from '../chart-scene.ts';
import { endpointOf } from '../liar.ts';
import { once, type Scenario } from '../scenario.ts';

/** What a unit is said to be. */
export function shownUnit(unit: UnitSummary) {
  const { epoch, n, organisation, time, commitment, problem, label, author } = unit;
  const { recordCount, caption, isErased, isUnsolicited } = unit;
  return {
    ...{ epoch, n, organisation, time, commitment, problem, label, recordCount },
    ...{ caption, isErased, isUnsolicited, author },
  };
}

type Shown = { readonly [name: string]: unknown };

/** The same units in the same places; one that differs says that it has a problem. */
export function isWithheldOpenly(claim: unknown, truth: unknown): boolean {
  const [claimed, known] = [claim as readonly Shown[], truth as readonly Shown[]];
  return (
    claimed.length === known.length &&
    claimed.every((unit, i) => {
      const other = known[i]!;
      const isPlace = ['epoch', 'n', 'organisation', 'time', 'commitment'].every((name) =>
        isDeepStrictEqual(unit[name], other[name]),
      );
      return isPlace && (unit.problem !== undefined || isDeepStrictEqual(unit, other));
    })
  );
}

function shownLog({ openings, refusals, complete }: OwnersLog) {
  return { openings, refusals, complete };
}

interface PlainLog {
  readonly openings: readonly (Shown & { readonly verdicts: readonly unknown[] })[];
  readonly refusals: readonly unknown[];
  readonly complete: unknown;
}

/** Every slot is there; what nobody explains is called unexplained; nothing is invented. */
export function isUnexplainedOpenly(claim: unknown, truth: unknown): boolean {
  const [claimed, known] = [claim as PlainLog, truth as PlainLog];
  const has = (all: readonly unknown[], one: unknown) =>
    all.some((each) => isDeepStrictEqual(each, one));
  const isOpening = (opening: PlainLog['openings'][number], i: number) => {
    const other = known.openings[i]!;
    const isPlace = ['leaf', 'n', 'time', 'grantee'].every((name) =>
      isDeepStrictEqual(opening[name], other[name]),
    );
    const isTold = opening.isUnexplained === true || isDeepStrictEqual(opening.entry, other.entry);
    return isPlace && isTold && opening.verdicts.every((each) => has(other.verdicts, each));
  };
  return (
    isDeepStrictEqual(claimed.complete, known.complete) &&
    claimed.openings.length === known.openings.length &&
    claimed.openings.every(isOpening) &&
    claimed.refusals.every((each) => has(known.refusals, each))
  );
}

/** What the owner and a grantee read of a chart that one vault keeps, and that vault lies. */
export function readingScenarios(scene: ChartScene): Scenario[] {
  return [...ownerScenarios(scene), ...granteeScenarios(scene)];
}

/** The same, while the node lies of the state of the ledger. */
export function provingScenarios(scene: ChartScene): Scenario[] {
  return readingScenarios(scene).map((scenario) => ({
    ...scenario,
    name: `${scenario.name}, and the node lies`,
    lies: ['prove-state'],
    callsMax: 2,
    oneIn: 12,
  }));
}

function ownerScenarios(scene: ChartScene): Scenario[] {
  return [
    {
      name: 'the owner looks for the newest header',
      lies: ['get-header'],
      callsMax: 3,
      begin: asOwner(scene, async (owner) => {
        const { current } = await owner.charts.view('general');
        return { digest: current.digest, header: current.header };
      }),
    },
    {
      name: 'the owner lists the units of a chart',
      lies: ['get-objects', 'list-notices'],
      callsMax: 1,
      begin: asOwner(
        scene,
        async (owner) => {
          const units = await owner.records.list('general');
          return units.map(shownUnit);
        },
        isWithheldOpenly,
      ),
    },
    recordsOf(scene, 'the owner reads small records', {
      door: 'get-objects',
      isMeant: ({ recordCount, organisation }) => recordCount === 2 && organisation !== null,
    }),
    recordsOf(scene, 'the owner reads records one by one', {
      door: 'get-body',
      isMeant: ({ recordCount, organisation }) => recordCount === 2 && organisation === null,
    }),
    recordsOf(scene, 'the owner reads a large record', {
      door: 'get-object',
      isMeant: ({ recordCount }) => recordCount === 1,
    }),
    {
      name: 'the owner reads who looked',
      lies: ['list-notices'],
      callsMax: 2,
      begin: asOwner(
        scene,
        async (owner) => shownLog(await owner.access.log('general')),
        isUnexplainedOpenly,
      ),
    },
  ];
}

type Owner = Awaited<ReturnType<ChartScene['ownerCopy']>>;
type Hospital = Awaited<ReturnType<ChartScene['organisationCopy']>>;

/** The unit is found by an honest client first: its records are what is read. */
function recordsOf(
  scene: ChartScene,
  name: string,
  { door, isMeant }: { door: string; isMeant: (unit: UnitSummary) => boolean },
): Scenario {
  let unit: UnitSummary | undefined;
  const read = async (owner: Owner) => {
    const units = unit === undefined ? await (await scene.ownerCopy()).records.list('general') : [];
    unit ??= units.find(isMeant)!;
    const records = await owner.records.open('general', unit);
    const { crypto } = scene.network;
    return records.map(({ bytes, ...record }) => ({ ...record, bytes: crypto.sha256(bytes) }));
  };
  const begin = asOwner(scene, read);
  if (door !== 'get-body') return { name, lies: [door], begin };
  const paged = (connect: Connect) => begin((origin) => withoutPages(connect(origin)));
  return { name, lies: [door], begin: paged };
}

/** A vault that gives no several objects at once: bodies are asked for one by one. */
function withoutPages(vault: Transport): Transport {
  const send: Transport['send'] = async (request, options) => {
    if (endpointOf(request)?.name === 'get-objects') throw new Error('connection reset');
    return vault.send(request, options);
  };
  return { name: vault.name, send };
}

function asOwner(
  scene: ChartScene,
  act: (owner: Owner) => Promise<unknown>,
  isShown?: (claim: unknown, truth: unknown) => boolean,
): Scenario['begin'] {
  const truth = once(async () => act(await scene.ownerCopy()));
  return async (connect: Connect) => {
    const owner = await scene.ownerCopy(connect);
    return {
      act: () => act(owner),
      truth,
      ...(isShown === undefined ? {} : { isShown }),
    };
  };
}

function granteeScenarios(scene: ChartScene): Scenario[] {
  const list = async (hospital: Hospital) => {
    const units = await hospital.access.list(scene.leaf);
    return units.map(shownUnit);
  };
  const truth = once(async () => list(await scene.organisationCopy('hospital-b')));
  return [
    {
      name: 'a grantee lists what it may ask for, over three epochs',
      lies: ['get-header', 'get-object', 'get-objects'],
      callsMax: 4,
      oneIn: 3,
      begin: async (connect) => {
        const hospital = await scene.organisationCopy('hospital-b', connect);
        return { act: () => list(hospital), truth, isShown: isWithheldOpenly };
      },
    },
  ];
}

/** With an honest vault beside the lying one, nothing that is read is missing or wrong. */
export function besideScenarios(scene: ChartScene, lyingVault: string): Scenario[] {
  const isLying = (origin: string) => origin === lyingVault;
  return readingScenarios(scene).map((scenario) => ({
    ...scenario,
    name: `${scenario.name}, with an honest vault beside the lying one`,
    callsMax: 1,
    oneIn: 6,
    isLying,
    isUnstoppable: true,
  }));
}
