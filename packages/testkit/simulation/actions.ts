import { WardError } from '@ward/protocol';
import { anyTransaction } from './hostile-transactions.ts';
import type { NaiveGrant } from './naive-chart.ts';
import {
  CUSTODIANS,
  expectThat,
  GRANTEES,
  grantOf,
  type Person,
  unitNamed,
  type World,
  WRITERS,
} from './world.ts';

/** One thing that may happen; it changes the model as it should change the network. */
export type Action = (world: World, person: Person) => Promise<void>;

const PERSONS_MAX = 3;
const GRANT_SECONDS_MAX = 4000;

/** Everything that happens in a simulation, by how often. */
export const ACTIONS: { readonly [name: string]: { readonly weight: number; act: Action } } = {
  'a person comes': { weight: 1, act: comes },
  'an organisation gets a card': { weight: 2, act: getsCard },
  'an organisation writes': { weight: 6, act: writes },
  'the owner writes': { weight: 2, act: ownerWrites },
  'the owner grants': { weight: 4, act: grants },
  'a grantee opens': { weight: 10, act: opens },
  'a grantee lists': { weight: 3, act: lists },
  'the owner revokes': { weight: 2, act: revokes },
  'the epoch is rotated': { weight: 1, act: rotates },
  'the cold key takes over': { weight: 1, act: takesOver },
  'a unit is erased': { weight: 1, act: erasesUnit },
  'a custodian goes or comes': { weight: 3, act: goesOrComes },
  'time passes': { weight: 3, act: passes },
  'strangers send transactions': { weight: 5, act: strangersSend },
};

async function comes(world: World): Promise<void> {
  if (world.persons.length < PERSONS_MAX && world.down.size === 0) await world.addPerson();
}

async function getsCard(world: World, person: Person): Promise<void> {
  const { model } = person;
  const name = world.random.pick(WRITERS);
  if (model.isErased || model.writers.has(name)) return;
  const { network } = world;
  await (await world.owner(person)).charts.sendCard('general', network.id(name));
  await (await network.organisation(name)).access.collect();
  model.writers.add(name);
}

async function writes(world: World, { chart, model }: Person): Promise<void> {
  if (model.isErased || model.writers.size === 0) return;
  const name = world.random.pick([...model.writers]) as (typeof WRITERS)[number];
  const texts = Array.from({ length: 1 + world.random.below(3) }, () => world.newText());
  const units = texts.map((text) => world.unitOf(text));
  await world.retried(async (transport) => {
    const hospital = await world.network.organisation(name, { transport });
    await hospital.records.add({ chart, units, credential: 'Clinician (synthetic)' });
  });
  const { epoch } = model;
  for (const text of texts) model.units.push({ text, epoch, writer: name, isErased: false });
}

async function ownerWrites(world: World, person: Person): Promise<void> {
  const { model } = person;
  if (model.isErased) return;
  const text = world.newText();
  await world.retried(async (transport) => {
    const owner = await world.owner(person, transport);
    await owner.records.add('general', { units: [world.unitOf(text)] });
  });
  model.units.push({ text, epoch: model.epoch, writer: null, isErased: false });
}

async function grants(world: World, person: Person): Promise<void> {
  const { model } = person;
  if (model.isErased) return;
  const { network, random } = world;
  const grantee = random.pick(GRANTEES);
  const until = world.now + 1 + random.below(GRANT_SECONDS_MAX);
  const openingsMax = 1 + random.below(4);
  const owner = await world.owner(person);
  const { leaf } = await owner.consent.grant({
    ...{ chart: 'general', grantee: network.id(grantee), purposes: ['TREAT'] },
    ...{ until, openingsMax },
  });
  await (await network.organisation(grantee)).access.collect();
  const epochs = new Set(Array.from({ length: model.epoch + 1 }, (_, epoch) => epoch));
  const limits = { until, openingsMax, entries: 0, isRevoked: false };
  model.grants.push({ leaf, grantee, epochs, ...limits });
  model.publish(world.now);
}

async function opens(world: World, person: Person): Promise<void> {
  const { model } = person;
  const grant = grantOf(model, world.random);
  if (grant === undefined || model.units.length === 0) return;
  const known = world.random.pick(model.units);
  if (known.isErased || model.isErased) return;
  const unit = await unitNamed(world, person, known);
  const grantee = await granteeOf(world, grant);
  const should = model.mayOpen(grant, known, world.now) && world.canOpen;
  // The entry is written before anybody decides; one that cannot be of use is not written at all.
  const isCommitted = model.isListed(grant) && grant.epochs.has(known.epoch);
  const text = await world.open(grantee, { leaf: grant.leaf, unit });
  if (isCommitted) grant.entries++;
  expectThat(should || text === undefined, 'what must be unopenable was opened');
  expectThat(!should || text === known.text, 'what may be opened was not opened');
}

function granteeOf({ network }: World, { grantee }: NaiveGrant) {
  return network.organisation(grantee as (typeof GRANTEES)[number]);
}

async function lists(world: World, { model }: Person): Promise<void> {
  const grant = grantOf(model, world.random);
  if (grant === undefined) return;
  const grantee = await granteeOf(world, grant);
  const isListed = model.isListed(grant);
  const units = await refusable(() => grantee.access.list(grant.leaf));
  expectThat((units !== undefined) === isListed, 'a grant lists units if it is in the roster');
  if (units === undefined) return;
  const shown = units.filter(({ isErased, problem }) => !isErased && problem === undefined);
  expectThat(shown.length === model.visibleTo(grant).length, 'a grantee sees just its units');
}

async function refusable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

async function revokes(world: World, person: Person): Promise<void> {
  const { model } = person;
  const grant = grantOf(model, world.random);
  if (grant === undefined || model.isErased) return;
  await (await world.owner(person)).consent.revoke('general', grant.leaf);
  grant.isRevoked = true;
  model.rotate(world.now);
}

async function rotates(world: World, person: Person): Promise<void> {
  if (person.model.isErased) return;
  await (await world.owner(person)).charts.rotate('general');
  person.model.rotate(world.now);
}

async function takesOver(world: World, person: Person): Promise<void> {
  if (person.model.isErased) return;
  await (await world.owner(person)).charts.rotateCold('general');
  person.model.rotate(world.now);
}

async function erasesUnit(world: World, person: Person): Promise<void> {
  const { model } = person;
  const known = model.units.find(({ isErased }) => !isErased);
  if (known === undefined || model.isErased) return;
  const unit = await unitNamed(world, person, known);
  await (await world.owner(person)).records.eraseUnit('general', unit);
  known.isErased = true;
}

async function goesOrComes({ random, down, network }: World): Promise<void> {
  const name = random.pick(CUSTODIANS);
  const origin = `memory://${name}`;
  if (down.delete(name)) network.overrides.delete(origin);
  else {
    down.add(name);
    network.silence(origin);
  }
}

/** Mostly a little; now and then past the end of grants, or back by a little, as clocks jump. */
async function passes({ random, network }: World): Promise<void> {
  const seconds = random.pick([1, 5, 30, 300, 2000, -3]);
  if (seconds > 0) return network.pass(seconds);
  network.clock.nowMillis += seconds * 1000;
}

async function strangersSend(world: World): Promise<void> {
  const { network, random } = world;
  const { queries } = network.node;
  for (let i = 0; i < 3; i++) {
    await refusable(() => queries.submit(anyTransaction(network, random)));
  }
}
