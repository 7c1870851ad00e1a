import type { Json } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { type CommandActor, CommandStage, wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { writeSampleInputs } from '@ward/testkit/sample-inputs';
import { freePort } from '@ward/testkit/ward-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 11, { hasSecondVault: true });
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const DAY_SECONDS = 86_400;
const anna = stage.at(stage.path('anna'));
const laboratory = stage.at(await stage.organisationHome('laboratory'));
const hospital = stage.at(await stage.organisationHome('hospital-b'));
const files = writeSampleInputs(stage.path('files'));
const shapes = new GoldenShapes();

async function golden<T>(who: CommandActor, line: string): Promise<T> {
  const json = await who.json<Json>(line);
  shapes.keep(wordsOf(line), json, who === anna ? 'person' : 'organisation');
  return json as T;
}

beforeAll(async () => {
  await anna.json(`wallet create --network ${stage.networkPath}`);
  const custodians = ['laboratory', 'pharmacy', 'payer'].map((name) => `--custodian ${name}`);
  const vaults = '--vault hospital-a --vault association';
  await anna.json(`chart create general ${vaults} ${custodians.join(' ')} --threshold 2`);
}, 60_000);

interface Shown {
  readonly custodianStates: readonly { readonly shouldReplace: boolean; readonly by: string }[];
}

const shouldReplace = ({ custodianStates }: Shown) =>
  custodianStates.map((each) => each.shouldReplace);

describe('a custodian that stays away', () => {
  it('is told by the chart, with the command that has another take its place', async () => {
    network.silence('memory://payer');
    const away = await anna.run('chart show general');
    expect(away.output).toMatch(/The custodian of payer does not answer, since/);
    expect(away.output).not.toContain('chart custodian replace');
    await network.pass(DAY_SECONDS);
    const shown = await golden<Shown>(anna, 'chart show general');
    expect(shouldReplace(shown)).toEqual([false, false, true]);
    const { output } = await anna.run('chart show general');
    const [, flags] = /ward chart custodian replace general (.*)/.exec(output)!;
    expect(flags).toMatch(/^--custodian payer --by (registrar|association)$/);
    await anna.json(`chart custodian replace general ${flags}`);
    expect(shouldReplace(await anna.json('chart show general'))).not.toContain(true);
  });
});

describe('a custodian that leaves', () => {
  it('names its successor, and wallets are told', async () => {
    const named = await golden<{ successor: string }>(
      laboratory,
      'custodian successor hospital-a --yes',
    ).catch((error: unknown) => String(error));
    // Hospital A runs none.
    expect(named).toContain('SUCCESSOR_INVALID');
    await golden(laboratory, 'custodian successor association --yes');
    await network.pass(10);
    const { output } = await anna.run('chart show general');
    expect(output).toMatch(/laboratory leaves: association takes its shares over/);
    expect(output).toMatch(/replace general --custodian laboratory --by association/);
    await laboratory.json('custodian successor --none');
  });

  it('hands over what it has, once it has named somebody', async () => {
    const origin = `http://127.0.0.1:${await freePort()}`;
    await hospital.json(`custodian init --origin ${origin}`);
    expect(await hospital.refusal('custodian hand-over')).toMatch(/^SUCCESSOR_UNNAMED/);
    await hospital.json('custodian successor payer --yes');
    const handed = await golden<{ handedOn: number }>(hospital, 'custodian hand-over');
    expect(handed).toEqual({ handedOn: 0, refused: [] });
  });
});

describe('records that must be in several vaults', () => {
  it('are added when so many have them whole, and not before', async () => {
    const add = `record add ${files.pdf} --chart general --copies 2`;
    network.silence('memory://second-vault');
    expect(await anna.refusal(add)).toMatch(/^COPIES_MISSING/);
    network.overrides.delete('memory://second-vault');
    const { added } = await anna.json<{ added: { units: string[]; away: string[] }[] }>(add);
    expect(added.map(({ units, away }) => [units.length, away])).toEqual([[1, []]]);
  });
});

it('Prints for programs what is written down', async () => {
  await expect(shapes.of(['chart', 'custodian'])).toMatchFileSnapshot('./shapes/custodians.txt');
});
