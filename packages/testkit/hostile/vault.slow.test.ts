import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientNetwork } from '../client-network.ts';
import { ChartScene } from './chart-scene.ts';
import { LIED_DOORS } from './doors.ts';
import { describeFailures, type HostileRun, runHostile, tableOf } from './hostile-run.ts';
import { besideScenarios, readingScenarios } from './scenarios/reading-scenarios.ts';
import { writingScenarios } from './scenarios/writing-scenarios.ts';
import { startHostileStage } from './stage.ts';

// Every answer of a vault is falsified, one field at a time.

let network: ClientNetwork;
let run: HostileRun;

beforeAll(async () => {
  network = await startHostileStage(2);
  const one = await ChartScene.make(network);
  const two = await ChartScene.make(network, ['hospital-a', 'association']);
  const lyingVault = 'memory://vault';
  const scenarios = [
    ...readingScenarios(one),
    ...besideScenarios(two, lyingVault),
    ...writingScenarios(two, lyingVault),
  ];
  run = await runHostile(scenarios, LIED_DOORS.vault, { network });
  process.stdout.write(`${tableOf(run)}\n`);
});
afterAll(() => network.close());

describe('a vault that lies', () => {
  it('is never believed: the sdk refuses with a code, or has the true result all the same', () => {
    expect(describeFailures(run.failures)).toEqual([]);
  });

  it('has lied about every door and every field of its answers', () => {
    expect(run.uncovered).toEqual([]);
  });
});
