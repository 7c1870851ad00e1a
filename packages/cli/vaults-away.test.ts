import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { CommandStage } from '@ward/testkit/command-stage';
import { writeSampleInputs } from '@ward/testkit/sample-inputs';
import { afterAll, beforeAll, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 9, { hasSecondVault: true });
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const anna = stage.at(stage.path('anna'));
const files = writeSampleInputs(stage.path('files'));
const SECOND = 'memory://second-vault';
interface Shown {
  readonly vaults: readonly { readonly toTake: number; readonly toDelete: number }[];
}

beforeAll(async () => {
  await anna.json(`wallet create --network ${stage.networkPath}`);
  const vaults = '--vault hospital-a --vault association';
  await anna.json(`chart create general ${vaults} --offline`);
  await anna.json('consent grant general --to hospital-b --purpose TREAT --for 30d');
});

it('What a vault missed is told where it is missed, and brought by the next look', async () => {
  network.silence(SECOND);
  const { output } = await anna.run(`record add ${files.pdf} --chart general`);
  expect(output).toContain('association');
  const revoked = await anna.json<{ away: string[] }>('consent revoke hospital-b');
  expect(revoked.away).toHaveLength(1);
  const shown = await anna.run('chart show general');
  expect(shown.output).toMatch(/association +\d+ objects +nothing/);
  expect(shown.output).toMatch(/hospital-a +nothing +nothing/);
  network.overrides.delete(SECOND);
  const { vaults } = await anna.json<Shown>('chart show general');
  expect(vaults.map(({ toTake, toDelete }) => [toTake, toDelete])).toEqual([
    [0, 0],
    [0, 0],
  ]);
});

it('A deletion that a vault has not signed is told with its name, and ordered again', async () => {
  const { units } = await anna.json<{ units: { label: string }[] }>('record list');
  network.silence(SECOND);
  const erased = await anna.run(`record erase ${units[0]!.label} --yes`);
  expect(erased.output).toMatch(/2 receipts did not come, from: association/);
  const { vaults } = await anna.json<Shown>('chart show general');
  expect(vaults.map(({ toDelete }) => toDelete)).toEqual([0, 2]);
  network.overrides.delete(SECOND);
  const after = await anna.json<Shown>('chart show general');
  expect(after.vaults.map(({ toDelete }) => toDelete)).toEqual([0, 0]);
});
