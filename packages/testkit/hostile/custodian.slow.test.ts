import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientNetwork } from '../client-network.ts';
import { ChartScene } from './chart-scene.ts';
import { LIED_DOORS } from './doors.ts';
import { describeFailures, type HostileRun, runHostile, tableOf } from './hostile-run.ts';
import { custodianScenarios } from './scenarios/custodian-scenarios.ts';
import { startHostileStage } from './stage.ts';

// Every answer of a custodian is falsified, one field at a time.

let network: ClientNetwork;
let run: HostileRun;

beforeAll(async () => {
  network = await startHostileStage(3);
  const scene = await ChartScene.make(network);
  const scenarios = [...custodianScenarios(scene)];
  run = await runHostile(scenarios, LIED_DOORS.custodian, { network });
  process.stdout.write(`${tableOf(run)}\n`);
});
afterAll(() => network.close());

describe('a custodian that lies', () => {
  it('is never believed: the sdk refuses with a code, or has the true result all the same', () => {
    expect(describeFailures(run.failures)).toEqual([]);
  });

  it('has lied about every door and every field of its answers', () => {
    expect(run.uncovered).toEqual([]);
  });
});
