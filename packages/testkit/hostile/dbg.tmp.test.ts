import { it } from 'vitest';
import { ChartScene } from './chart-scene.ts';
import { startHostileStage } from './stage.ts';
import { runHostile } from './hostile-run.ts';
import { readingScenarios } from './scenarios/reading-scenarios.ts';
import { describeFailures, tableOf } from './hostile-run.ts';
it('debugs', async () => {
  const network = await startHostileStage(1);
  const scene = await ChartScene.make(network);
  const all = readingScenarios(scene).filter(({ name }) => name.includes('grantee'));
  const run = await runHostile(all, [], { network, oneIn: 7 });
  console.log(tableOf(run), describeFailures(run.failures));
  await network.close();
}, 100000);
