import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endpointCatalogue } from '@ward/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientNetwork } from '../client-network.ts';
import { ChartScene } from './chart-scene.ts';
import { LIED_DOORS, UNUSED_DOORS, UNVERIFIED_FIELDS } from './doors.ts';
import { describeFailures, fieldsOfAnswer, runHostile } from './hostile-run.ts';
import { custodianScenarios } from './scenarios/custodian-scenarios.ts';
import { ledgerScenarios } from './scenarios/ledger-scenarios.ts';
import { readingScenarios } from './scenarios/reading-scenarios.ts';
import { startHostileStage } from './stage.ts';

// The whole suite is slow; here stands what it covers, and one lie in many.

const SDK = new URL('../../sdk/', import.meta.url).pathname;

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /dist|node_modules/.test(entry.name) ? [] : sourcesOf(path);
    return /(?<!\.test)\.ts$/.test(entry.name) ? [readFileSync(path, 'utf8')] : [];
  });
}

describe('what the hostile-node suite covers', () => {
  it('is every door that node, vault and custodian have', () => {
    const lied: string[] = Object.values(LIED_DOORS).flat();
    const known = [...lied, ...Object.keys(UNUSED_DOORS)].sort();
    expect(known).toEqual([...endpointCatalogue().keys()].sort());
  });

  it('leaves out only doors that no source of the sdk names', () => {
    const sources = sourcesOf(SDK).join('\n');
    const used = Object.values(UNUSED_DOORS).filter(({ call }) =>
      new RegExp(`\\b${call}\\b`).test(sources),
    );
    expect(used).toEqual([]);
  });

  it('names as unverified only fields that there are', () => {
    for (const [door, { fields }] of Object.entries(UNVERIFIED_FIELDS)) {
      const known = fieldsOfAnswer(endpointCatalogue().get(door)!);
      expect(known.filter((each) => fields.test(each))).not.toEqual([]);
    }
  });
});

describe('a server that lies now and then', () => {
  let network: ClientNetwork;
  beforeAll(async () => {
    network = await startHostileStage(4);
  });
  afterAll(() => network.close());

  it('is refused with a code, or of no effect', async () => {
    const scene = await ChartScene.make(network);
    const scenarios = [
      ...(await ledgerScenarios(network)),
      ...readingScenarios(scene),
      ...custodianScenarios(scene),
    ].map((scenario) => ({ ...scenario, callsMax: 1 }));
    const run = await runHostile(scenarios, [], { network, oneIn: 41 });
    expect(describeFailures(run.failures)).toEqual([]);
    expect(run.told.length).toBeGreaterThan(50);
  }, 240_000);
});
