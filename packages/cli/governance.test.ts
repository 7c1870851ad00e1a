import { readFileSync } from 'node:fs';
import { nodeInit } from '@ward/node';
import { type Json, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  type CommandActor,
  type CommandOptions,
  CommandStage,
  wordsOf,
} from '@ward/testkit/command-stage';
import { GovernedNetwork } from '@ward/testkit/governed-network';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const network = await GovernedNetwork.start(crypto, {
  members: {
    clinic: ['provider'],
    laboratory: ['laboratory'],
    pharmacy: ['pharmacy'],
    regulator: ['regulator'],
  },
  validators: ['clinic', 'laboratory'],
  rules: { weighting: 'stake', stakePerPower: 10, bondMin: 10 },
  stakes: { clinic: { free: 20, bonded: 30 }, laboratory: { free: 0, bonded: 30 } },
});
const stage = new CommandStage(network);
afterAll(() => {
  network.close();
  stage.close();
});

const clinic = stage.at(await stage.organisationHome('clinic'));
const laboratory = stage.at(await stage.organisationHome('laboratory'));
const pharmacy = stage.at(await stage.organisationHome('pharmacy'));
const regulator = stage.at(await stage.organisationHome('regulator'));
const newcomer = stage.at(stage.path('newcomer'));
const { networkPath } = stage;
const anybody = stage.at(stage.path('nowhere'));
const shapes = new GoldenShapes();

interface Told {
  readonly proposal: number;
  readonly state: string;
  readonly missing: number;
}

async function golden<T>(who: CommandActor, line: string, options?: CommandOptions): Promise<T> {
  const json = await who.json<Json>(line, options);
  shapes.keep(wordsOf(line), json, who === anybody ? 'anybody' : 'organisation');
  return json as T;
}

const at = `--network ${networkPath}`;
const propose = (line: string) => golden<Told>(clinic, `network propose ${line} --yes`);
const vote = async (number: number, choice: string, ...members: readonly CommandActor[]) => {
  let told: Told | undefined;
  for (const one of members) {
    told = await golden<Told>(one, `network vote ${number} ${choice} --yes`);
  }
  return told?.state;
};
/** Proposed by the clinic, and by the yes of the others executed. */
const decide = async (line: string) => {
  const { proposal, state } = await propose(line);
  return state === 'open' ? vote(proposal, 'yes', laboratory, pharmacy) : state;
};

describe('members decide together', () => {
  it('by rules that anybody can read', async () => {
    const { rules, voters } = await golden<{ rules: Json; voters: number }>(
      anybody,
      `network rules ${at}`,
    );
    expect([rules, voters]).toMatchObject([{ weighting: 'stake' }, 3]);
    const { output } = await clinic.run('network rules');
    expect(output).toContain('2/3');
    expect(output).toMatch(/release +ward-1; this software is ward-1/);
    expect((await clinic.run('network proposals')).output).toContain('Nothing was ever proposed.');
  });

  it('who is admitted: the application is proposed, and the others vote', async () => {
    const create = `org create ${at} --name "Village clinic" --role provider`;
    await newcomer.json(create);
    const file = stage.path('newcomer', 'application.json');
    expect(await newcomer.refusal('network propose halt --yes')).toBe('SIGNER_UNKNOWN 1');
    expect(await clinic.refusal(`org admit ${file}`)).toBe('FLAG_NEEDED 2');
    const told = await clinic.run(`org admit ${file}`, { answers: [true] });
    expect(told.questions[0]).toMatch(/^Propose to admit "Village clinic" \(provider\)/);
    expect(told.output).toContain('1 yes, 0 no; 1 more yes until');
    expect(told.output).toContain('ward network vote 1 yes');
    expect(await vote(1, 'yes', laboratory)).toBe('executed');
    expect((await clinic.run('org list')).output).toContain('Village clinic');
    expect(await clinic.refusal(`network propose admit ${file} --yes`)).toBe(
      'ORGANISATION_TAKEN 1',
    );
  });

  it('who is not, though its account is open by then', async () => {
    const home = stage.path('stranger');
    await stage.at(home).json(`org create ${at} --name Stranger --role payer`);
    const { proposal } = await propose(`admit ${home}/application.json`);
    expect(await vote(proposal, 'no', laboratory, pharmacy)).toBe('rejected');
    const { output } = await clinic.run(`network proposal show ${proposal}`);
    expect(output).toMatch(/officer key +[0-9a-f]{64}/);
    expect((await clinic.run('org list')).output).not.toContain('Stranger');
  });

  it('and show who voted how, and what is missing until when', async () => {
    const { proposal, missing } = await golden<Told>(regulator, 'network propose halt --yes');
    expect([proposal, missing]).toEqual([3, 3]);
    expect(await regulator.refusal('network vote 3 yes --yes')).toBe('RIGHT_MISSING 1');
    expect(await vote(3, 'yes', clinic)).toBe('open');
    expect(await clinic.refusal('network vote 3 no --yes')).toBe('VOTE_CAST 1');
    expect(await clinic.refusal('network vote 9 no --yes')).toBe('PROPOSAL_UNKNOWN 1');
    expect(await clinic.refusal('network vote 3 maybe --yes')).toBe('ARGUMENT_INVALID 2');
    expect(await laboratory.refusal('network vote 3 no')).toBe('FLAG_NEEDED 2');
    const shown = await golden<{ ballots: { name: string; choice: string | null }[] }>(
      anybody,
      `network proposal show 3 ${at}`,
    );
    const said = shown.ballots.map(({ name, choice }) => `${name} ${choice}`).sort();
    expect(said).toEqual([
      ...['Village clinic null', 'clinic yes', 'laboratory null', 'pharmacy null'],
    ]);
    const { output } = await clinic.run('network proposal show 3');
    expect(output).toContain('halt the network');
    expect(output).toContain('1 yes, 0 no; 2 more yes until 2027-01-22');
    expect(output).toContain('none yet');
    const { proposals } = await golden<{ proposals: Told[] }>(
      anybody,
      `network proposals --open ${at}`,
    );
    expect(proposals.map((each) => each.proposal)).toEqual([3]);
  });

  it('against a minority that would halt the network', async () => {
    expect(await vote(3, 'no', laboratory, pharmacy)).toBe('rejected');
    expect(await newcomer.refusal('network vote 3 yes --yes')).toBe('PROPOSAL_CLOSED 1');
    const { haltedSince } = await clinic.json<{ haltedSince: null }>('network rules');
    expect(haltedSince).toBeNull();
    const { output } = await clinic.run('network proposals', { columns: 80 });
    expect(output).toMatch(/3 +halt the network +regulator +rejected/);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('who is suspended, and that it is over', async () => {
    const suspend = await clinic.json<Told>('org suspend "Village clinic" --yes');
    expect(await vote(suspend.proposal, 'yes', laboratory, pharmacy)).toBe('executed');
    expect(await newcomer.refusal('org update --name Other')).toBe('ORGANISATION_SUSPENDED 1');
    const { proposal } = await propose('reinstate "Village clinic"');
    expect(await vote(proposal, 'yes', laboratory)).toBe('executed');
    expect(await clinic.refusal('org reinstate "Village clinic" --yes')).toBe(
      'ORGANISATION_ACTIVE 1',
    );
    const other = await propose('suspend "Village clinic"');
    expect(await vote(other.proposal, 'no', laboratory, pharmacy)).toBe('rejected');
  });

  it('what an organisation is, and by which rules custodians decide', async () => {
    expect(await clinic.refusal('network propose roles pharmacy --yes')).toBe('FLAG_NEEDED 2');
    expect(await decide('roles "Village clinic" --role provider --role payer')).toBe('executed');
    expect((await clinic.run('org list')).output).toContain('provider, payer');
    expect(await clinic.refusal('network propose decide-rules --yes')).toBe('PARAMETERS_VERSION 1');
    const digest = `--digest ${'7f'.repeat(32)}`;
    expect(await decide(`decide-rules --rules-version 99 ${digest}`)).toBe('executed');
  });

  it('rules of their own and parameters of the engine', async () => {
    expect(await clinic.refusal('network propose rules --yes')).toBe('FLAG_NEEDED 2');
    const half = 'network propose rules --membership 1/2 --yes';
    expect(await clinic.refusal(half)).toBe('RULES_INVALID 1');
    expect(await clinic.refusal('network propose rules --membership 2 --yes')).toBe(
      'ARGUMENT_INVALID 2',
    );
    const asked = await clinic.run('network propose rules --voting 14d --absence-blocks 5', {
      answers: [false],
    });
    expect(asked.questions[0]).toContain('voting seconds 604800 becomes 1209600');
    expect(asked.exitCode).toBe(1);
    expect(await decide('rules --voting 14d --absence-blocks 5')).toBe('executed');
    expect(await decide('consensus --block-bytes-max 2097152')).toBe('executed');
    const { rules, consensus } = await clinic.json<{ rules: Json; consensus: Json }>(
      'network rules',
    );
    expect([rules, consensus]).toMatchObject([
      { votingSeconds: 1_209_600, absenceBlocks: 5 },
      { blockBytesMax: 2_097_152 },
    ]);
  });

  it('which release comes, by name, height and digest', async () => {
    const upgrade = 'network propose upgrade ward-2';
    expect(await clinic.refusal(`${upgrade} --yes`)).toBe('FLAG_NEEDED 2');
    const digest = `--digest ${'4f'.repeat(32)}`;
    const past = `${upgrade} --height 2 ${digest} --yes`;
    expect(await clinic.refusal(past)).toBe('UPGRADE_INVALID 1');
    expect(await decide(`upgrade ward-2 --height 120000 ${digest}`)).toBe('executed');
    expect((await clinic.run('network rules')).output).toContain('ward-2 from 120000 on');
    expect(await decide('cancel-upgrade')).toBe('executed');
    expect((await clinic.run('network rules')).output).toMatch(/planned +nothing/);
  });

  it('that all stands still, and goes on', async () => {
    expect(await decide('halt')).toBe('executed');
    expect(await clinic.refusal('org update --name Other')).toBe('NETWORK_HALTED 3');
    expect((await clinic.run('network rules')).output).toMatch(/halted +since 20/);
    expect(await decide('resume')).toBe('executed');
    await clinic.json('org update --name clinic');
  });
});

describe('who makes blocks', () => {
  it('is approved by the members, with the key of its node', async () => {
    const { genesis } = network.networkFile;
    const keys = { validatorSeed: new Uint8Array(32).fill(5), serviceSeed: new Uint8Array(32) };
    network.addValidatorKey(crypto.ed25519.keyPair(keys.validatorSeed));
    const peering = { nodeSeed: new Uint8Array(32), address: '127.0.0.1:26656', peers: [] };
    const organisation = new Uint8Array(16);
    const home = stage.path('newcomer', 'node');
    await nodeInit({ organisation, genesis, ...keys, peering }, home, crypto);
    expect(await newcomer.refusal('network validator register')).toBe('FLAG_NEEDED 2');
    await golden(newcomer, 'network validator register --yes');
    expect(await newcomer.refusal('network validator register --yes')).toBe(
      'VALIDATOR_KEY_TAKEN 1',
    );
    expect(await decide('add-validator "Village clinic"')).toBe('executed');
    expect((await clinic.run('network validators')).output).toContain('too light');
    expect(await decide('grant-stake "Village clinic" 25')).toBe('executed');
    await golden(newcomer, 'network stake bond 20 --yes');
    const { validators } = await golden<{ validators: { name: string; power: number }[] }>(
      anybody,
      `network validators ${at}`,
    );
    const powers = validators.map(({ name, power }) => `${name} ${power}`).sort();
    expect(powers).toEqual(['Village clinic 2', 'clinic 3', 'laboratory 3']);
  });

  it('has stake that it can bond, and that comes back later', async () => {
    expect(await clinic.refusal('network stake bond 21 --yes')).toBe('STAKE_SHORT 1');
    expect(await clinic.refusal('network stake bond 20')).toBe('FLAG_NEEDED 2');
    await golden(clinic, 'network stake unbond 10 --yes');
    const { output } = await clinic.run('network stake list');
    expect(output).toMatch(/clinic +20 +20 +10 until 2027-/);
    expect(output).toContain('105 were granted, 0 of them burned.');
    await golden(anybody, `network stake list ${at}`);
  });

  it('is not unjailed where it is free, and is removed by vote', async () => {
    expect(await newcomer.refusal('network validator unjail')).toBe('VALIDATOR_FREE 1');
    const free = 'network propose unjail-validator "Village clinic" --yes';
    expect(await clinic.refusal(free)).toBe('VALIDATOR_FREE 1');
    expect(await decide('remove-validator "Village clinic"')).toBe('executed');
    expect((await clinic.run('network validators')).output).toContain('not approved');
  });

  it('is jailed for absence, and let out by vote or by itself', async () => {
    expect(await decide('add-validator "Village clinic"')).toBe('executed');
    const { validators } = await clinic.json<{ validators: { name: string; publicKey: string }[] }>(
      'network validators',
    );
    const { publicKey } = validators.find(({ name }) => name === 'Village clinic')!;
    network.setAway(publicKey, true);
    for (let i = 0; i < 8; i++) await clinic.json('org update --name clinic');
    network.setAway(publicKey, false);
    expect((await clinic.run('network validators')).output).toContain('jailed until 20');
    expect(await newcomer.refusal('network validator unjail')).toBe('VALIDATOR_JAILED 1');
    const { proposal } = await propose('unjail-validator "Village clinic"');
    network.pass(601);
    await golden(newcomer, 'network validator unjail');
    expect((await clinic.run('network validators')).output).not.toContain('jailed');
    expect(await vote(proposal, 'yes', laboratory, pharmacy)).toBe('failed');
    const { output } = await clinic.run(`network proposal show ${proposal}`);
    expect(output).toContain('3 yes, 0 no; it could not be done: VALIDATOR_FREE');
  });
});

describe('the ledger of what members decided', () => {
  it('verifies, and describes every message', async () => {
    expect(await clinic.json('ledger verify')).toMatchObject({ verified: true });
    const { transactions } = await clinic.json<{ transactions: { messages: Json }[] }>(
      'ledger block 3',
    );
    expect(transactions[0]!.messages).toMatchObject([
      { name: 'OpenAccount' },
      { name: 'MakeProposal', body: { action: { kind: 'admit-organisation' } } },
    ]);
    const out = stage.path('ledger.ndjson');
    await clinic.json(`ledger dump --out ${out}`);
    expect(readFileSync(out, 'utf8')).toContain('"format":"proposal"');
  });

  it('proves each record to anybody', async () => {
    const id = toHex(network.id('clinic'));
    const proofs: { readonly [key: string]: Json } = {
      rules: { weighting: 'stake' },
      consensus: { blockBytesMax: 2_097_152 },
      agenda: { voters: 4, haltedSince: null },
      release: { current: 'ward-1' },
      supply: { granted: 105 },
      'proposal:1': { end: { how: 'executed' } },
      [`validator:${id}`]: { jail: null },
      [`stake:${id}`]: { bonded: 20 },
    };
    for (const [key, record] of Object.entries(proofs)) {
      expect(await clinic.json(`ledger prove ${key}`)).toMatchObject({ present: true, record });
    }
    const { record } = await clinic.json<{ record: Json }>('ledger prove validators');
    expect(record).toMatchObject({ approved: { length: 3 } });
    expect(await clinic.json('ledger prove proposal:999')).toMatchObject({ present: false });
    for (const key of ['proposal:0', 'stake:00', 'toString:00']) {
      expect(await clinic.refusal(`ledger prove ${key}`)).toBe('ARGUMENT_INVALID 2');
    }
  });
});

describe('what all of this prints for programs', () => {
  it('has the shape that is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('shapes/governance.txt');
  });
});
