import { type Crypto, equalBytes } from '@ward/protocol';
import { ACTIONS } from './actions.ts';
import { expectThat, type Person, World } from './world.ts';

/** What a run came to. */
export interface SimulationReport {
  readonly seed: number;
  readonly steps: number;
  /** Blocks that four state machines executed alike. */
  readonly blocks: number;
  /** How often each action was taken. */
  readonly actions: ReadonlyMap<string, number>;
}

/** Steps after which every chart is compared with its model. */
const COMPARE_EVERY = 8;

/**
 * Lets random things happen to the real code until a number of blocks is made, with the model
 * beside it.
 *
 * @throws Error that names the seed, the step and the action, so that the same seed shows it again.
 */
export async function simulate(
  seed: number,
  { blocks }: { readonly blocks: number },
  crypto: Crypto,
): Promise<SimulationReport> {
  const world = await World.make(seed, crypto);
  const actions = new Map<string, number>();
  const names = Object.entries(ACTIONS).flatMap(([name, { weight }]) => Array(weight).fill(name));
  let step = 0;
  try {
    while (world.replicas.height < blocks) {
      const name: string = world.random.pick(names);
      const person = world.random.pick(world.persons);
      await named(`seed ${seed}, step ${step}, ${name}`, async () => {
        await ACTIONS[name]!.act(world, person);
        world.compare();
        if (++step % COMPARE_EVERY === 0) for (const each of world.persons) await hold(world, each);
      });
      actions.set(name, (actions.get(name) ?? 0) + 1);
    }
    await named(`seed ${seed}, at the end`, async () => {
      for (const each of world.persons) await hold(world, each);
    });
    return { seed, steps: step, blocks: world.replicas.height, actions };
  } finally {
    await world.network.close();
  }
}

async function named(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** What must hold of a chart at any time, as its owner sees it. */
async function hold(world: World, person: Person): Promise<void> {
  const { model } = person;
  const owner = await world.owner(person);
  const units = await owner.records.list('general');
  expectThat(units.length === model.units.length, 'units found are units written');
  const texts: string[] = [];
  for (const unit of units) {
    if (unit.isErased) continue;
    expectThat(unit.problem === undefined, 'no unit has a problem that nobody made');
    const [record] = await owner.records.open('general', unit);
    texts.push(Buffer.from(record!.bytes).toString());
  }
  const wanted = model.units.filter(({ isErased }) => !isErased).map(({ text }) => text);
  expectThat(texts.sort().join() === wanted.sort().join(), 'records are what was written');
  const log = await owner.access.log('general');
  for (const grant of model.grants) {
    const { firstAbsent } = log.complete.find(({ leaf }) => equalBytes(leaf, grant.leaf))!;
    expectThat(firstAbsent === grant.entries, 'the log has every entry, and no other');
  }
  const entries = model.grants.reduce((sum, grant) => sum + grant.entries, 0);
  expectThat(log.openings.length === entries, 'the log lists each entry once');
}
