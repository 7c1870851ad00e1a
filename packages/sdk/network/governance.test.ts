import { RELEASE } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { GovernedNetwork } from '@ward/testkit/governed-network';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, describe, expect, it } from 'vitest';
import type { OrganisationWard } from '../create-ward.ts';
import { foundNetwork } from './found-network.ts';

const crypto = await loadCrypto();
const network = await GovernedNetwork.start(crypto, {
  members: {
    clinic: ['provider'],
    laboratory: ['laboratory'],
    pharmacy: ['pharmacy'],
    payer: ['payer'],
    regulator: ['regulator'],
  },
  validators: ['clinic', 'laboratory', 'pharmacy', 'payer'],
  rules: { weighting: 'stake', stakePerPower: 10, bondMin: 20, absenceBlocks: 3 },
  stakes: {
    clinic: { free: 50, bonded: 30 },
    laboratory: { free: 0, bonded: 30 },
    pharmacy: { free: 0, bonded: 30 },
    payer: { free: 0, bonded: 30 },
  },
});
afterAll(() => network.close());
const wards = new Map<string, OrganisationWard>();
for (const name of network.organisations.keys()) wards.set(name, await network.ward(name));
const as = (name: string) => wards.get(name)!.network;
const reader = await network.reader();
const id = (name: string) => network.id(name);
const open = async () => (await reader.network.proposals({ open: true })).map((one) => one.number);

/** Votes of some members, one after the other; the state behind the last. */
async function vote(proposal: number, choice: 'yes' | 'no', ...names: readonly string[]) {
  let state: string | undefined;
  for (const name of names) ({ state } = (await as(name).vote(proposal, choice)).proposal);
  return state;
}

describe('a network that its members govern', () => {
  it('shows anybody by what it decides', async () => {
    expect(await reader.network.isGoverned()).toBe(true);
    const { rules, voters, haltedSince } = await reader.network.rules();
    expect(rules).toMatchObject({ weighting: 'stake', membership: { numerator: 2 } });
    expect([voters, haltedSince]).toEqual([4, null]);
    expect(await reader.network.release()).toMatchObject({ current: RELEASE, own: RELEASE });
    expect(await reader.network.proposals()).toEqual([]);
    const { supply, holders } = await reader.network.stakes();
    expect([supply.granted, holders.length]).toEqual([170, 4]);
  });

  it('admits a newcomer by vote, and tells what is missing on the way', async () => {
    await network.makeOrganisation('newcomer');
    const application = network.application('newcomer', ['provider']);
    expect(await codeOfAsync(() => as('clinic').admit(application))).toBe('GOVERNED_BY_MEMBERS');
    const { proposal } = await as('regulator').proposeAdmission(application);
    expect(proposal).toMatchObject({ number: 1, state: 'open', needed: 3, missing: 3 });
    expect(await vote(1, 'yes', 'clinic', 'laboratory')).toBe('open');
    expect(await codeOfAsync(() => vote(1, 'no', 'clinic'))).toBe('VOTE_CAST');
    expect(await codeOfAsync(() => vote(1, 'yes', 'regulator'))).toBe('RIGHT_MISSING');
    const { missing, ballots } = await reader.network.proposal(1);
    expect(missing).toBe(1);
    const said = Object.fromEntries(ballots.map(({ name, choice }) => [name, choice]));
    expect(said).toEqual({ clinic: 'yes', laboratory: 'yes', pharmacy: null, payer: null });
    expect(await vote(1, 'yes', 'payer')).toBe('executed');
    expect(await codeOfAsync(() => vote(1, 'no', 'pharmacy'))).toBe('PROPOSAL_CLOSED');
    expect(await codeOfAsync(() => vote(9, 'no', 'pharmacy'))).toBe('PROPOSAL_UNKNOWN');
    const members = await reader.directory.list();
    expect(members.map(({ organisation }) => organisation.name)).toContain('newcomer');
    wards.set('newcomer', await network.ward('newcomer'));
  });

  it('takes nothing from who is no member', async () => {
    await network.makeOrganisation('stranger');
    const stranger = (await network.ward('stranger')).network;
    const halt = () => stranger.propose({ kind: 'halt-network' });
    expect(await codeOfAsync(halt)).toBe('SIGNER_UNKNOWN');
    const application = network.application('stranger', ['provider']);
    await as('clinic').proposeAdmission(application);
    expect(await vote(2, 'no', 'laboratory', 'payer')).toBe('rejected');
    // The account is open by now; keys of another home do not fit it.
    const other = { ...application, officerPublicKey: new Uint8Array(32).fill(5) };
    const again = () => as('clinic').proposeAdmission(other);
    expect(await codeOfAsync(again)).toBe('APPLICATION_MISMATCH');
    const { proposal } = await as('clinic').proposeAdmission(application);
    expect(proposal).toMatchObject({ number: 3, state: 'open' });
    expect(await codeOfAsync(halt)).toBe('SIGNER_UNKNOWN');
  });

  it('lets a proposal expire, and lists what is open alone', async () => {
    expect(await open()).toEqual([3]);
    network.pass(604_801);
    expect(await open()).toEqual([]);
    const [newest] = await reader.network.proposals({ max: 1 });
    expect(newest).toMatchObject({ number: 3, state: 'expired', missing: 0 });
    const before = await reader.network.proposals({ before: 3 });
    expect(before.map(({ number }) => number)).toEqual([2, 1]);
  });

  it('suspends and reinstates a member, whose votes count no more meanwhile', async () => {
    const suspend = { kind: 'suspend-organisation', organisation: id('payer') } as const;
    const { proposal } = await as('clinic').propose(suspend);
    expect(await vote(proposal.number, 'yes', 'laboratory', 'pharmacy', 'newcomer')).toBe(
      'executed',
    );
    const pays = () => as('payer').propose({ kind: 'halt-network' });
    expect(await codeOfAsync(pays)).toBe('ORGANISATION_SUSPENDED');
    expect((await reader.network.rules()).voters).toBe(4);
    const again = { kind: 'reinstate-organisation', organisation: id('payer') } as const;
    const { number } = (await as('laboratory').propose(again)).proposal;
    expect(await vote(number, 'yes', 'clinic', 'pharmacy')).toBe('executed');
  });

  it('is not halted by a minority, and goes on where a majority halted it', async () => {
    const { number } = (await as('payer').propose({ kind: 'halt-network' })).proposal;
    expect(await vote(number, 'yes', 'newcomer')).toBe('open');
    expect((await reader.network.rules()).haltedSince).toBeNull();
    await as('clinic').update({ name: 'clinic' });
    expect(await vote(number, 'yes', 'clinic', 'laboratory')).toBe('executed');
    expect((await reader.network.rules()).haltedSince).not.toBeNull();
    const update = () => as('clinic').update({ name: 'Clinic' });
    expect(await codeOfAsync(update)).toBe('NETWORK_HALTED');
    const { proposal } = await as('clinic').propose({ kind: 'resume-network' });
    expect(await vote(proposal.number, 'yes', 'laboratory', 'payer', 'pharmacy')).toBe('executed');
    await update();
  });

  it('plans an upgrade, and says which release is wanted', async () => {
    const digest = new Uint8Array(32).fill(7);
    const plan = { name: 'ward-2', height: 100_000, digest };
    const past = () => as('clinic').propose({ kind: 'plan-upgrade', ...plan, height: 2 });
    expect(await codeOfAsync(past)).toBe('UPGRADE_INVALID');
    const { number } = (await as('clinic').propose({ kind: 'plan-upgrade', ...plan })).proposal;
    expect(await vote(number, 'yes', 'laboratory', 'payer', 'pharmacy')).toBe('executed');
    expect(await reader.network.release()).toMatchObject({ current: RELEASE, plan });
  });
});

describe('validators', () => {
  const viewOf = async (name: string) =>
    (await reader.network.validators()).find((one) => one.name === name);

  it('weigh what they have bonded', async () => {
    const powers = (await reader.network.validators()).map(({ power }) => power);
    expect(powers).toEqual([3, 3, 3, 3]);
    await as('clinic').bondStake(20);
    const spend = () => as('clinic').bondStake(31);
    expect(await codeOfAsync(spend)).toBe('STAKE_SHORT');
    await as('clinic').unbondStake(10);
    expect(await reader.network.stake(id('clinic'))).toMatchObject({ free: 30, bonded: 40 });
    network.pass(1_814_401);
    expect(await reader.network.stake(id('clinic'))).toMatchObject({ free: 40, unbonding: [] });
  });

  it('are organisations whose key the members approved', async () => {
    const { validatorKey } = network.organisations.get('newcomer')!;
    await as('newcomer').registerValidator(validatorKey);
    expect(await viewOf('newcomer')).toMatchObject({ isApproved: false, power: 0, jail: null });
    const taken = () => as('payer').registerValidator(validatorKey);
    expect(await codeOfAsync(taken)).toBe('VALIDATOR_KEY_TAKEN');
    const organisation = id('newcomer');
    const grant = { kind: 'grant-stake', organisation, amount: 25 } as const;
    const { proposal: granted } = await as('clinic').propose(grant);
    await vote(granted.number, 'yes', 'laboratory', 'pharmacy', 'payer');
    await as('newcomer').bondStake(25);
    const add = { kind: 'add-validator', organisation } as const;
    const { proposal } = await as('clinic').propose(add);
    expect(await vote(proposal.number, 'yes', 'laboratory', 'pharmacy', 'payer')).toBe('executed');
    expect(await viewOf('newcomer')).toMatchObject({ isApproved: true, power: 2 });
    // Clients follow the chain over the change of those who sign it.
    expect((await reader.ledger.head()).nextValidators).toHaveLength(5);
  });

  it('are jailed when they are away, and come back when their time has passed', async () => {
    const { publicKey } = network.organisations.get('newcomer')!.validatorKey;
    network.setAway(toHex(publicKey), true);
    for (let i = 0; i < 2; i++) await as('clinic').update({ name: `Clinic ${i}` });
    expect(await viewOf('newcomer')).toMatchObject({ jail: null, missedMax: 3 });
    expect((await viewOf('newcomer'))!.missed).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) await as('clinic').update({ name: `Clinic ${i}` });
    expect(await viewOf('newcomer')).toMatchObject({ jail: { kind: 'absence' }, power: 0 });
    network.setAway(toHex(publicKey), false);
    const unjail = () => as('newcomer').unjailValidator();
    expect(await codeOfAsync(unjail)).toBe('VALIDATOR_JAILED');
    network.pass(601);
    await unjail();
    expect(await viewOf('newcomer')).toMatchObject({ jail: null, power: 2 });
    expect(await codeOfAsync(unjail)).toBe('VALIDATOR_FREE');
  });
});

describe('the whole ledger of such a network', () => {
  it('verifies from its first block, over every change of validators', async () => {
    let applied = 0;
    for await (const { transactions } of reader.ledger.walk()) {
      applied += transactions.filter(({ verdict }) => verdict.kind === 'applied').length;
    }
    expect(applied).toBeGreaterThan(30);
  });

  it('is dumped with every record of what was decided, and every message in words', async () => {
    const formats = new Map<string, number>();
    const messages = new Set<string>();
    for await (const line of reader.ledger.dump()) {
      if (line.kind === 'transaction') {
        for (const { name, body } of line.messages as { name: string; body: unknown }[]) {
          messages.add(name);
          expect(body).toBeTypeOf('object');
        }
      }
      if (line.kind !== 'state' || line.value === null) continue;
      formats.set(`${line.format}`, (formats.get(`${line.format}`) ?? 0) + 1);
    }
    const { proposals } = await reader.network.proposals().then((all) => ({ proposals: all }));
    const cast = await Promise.all(
      proposals.map(async ({ number }) => {
        const { ballots } = await reader.network.proposal(number);
        return ballots.filter(({ choice }) => choice !== null).length;
      }),
    );
    const count = (list: readonly number[]) => list.reduce((sum, each) => sum + each, 0);
    expect(Object.fromEntries(formats)).toMatchObject({
      ...{ proposal: proposals.length, vote: count(cast), organisation: 6, account: 7 },
      ...{ 'validator-record': 5, 'validator-key': 5, stake: 5 },
      ...{ rules: 1, 'consensus-rules': 1, agenda: 1, release: 1, 'validator-set': 1, supply: 1 },
    });
    const governing = ['MakeProposal', 'CastVote', 'RegisterValidator', 'BondStake'];
    for (const name of [...governing, 'UnbondStake', 'UnjailValidator']) {
      expect(messages).toContain(name);
    }
  });
});

describe('where a registrar governs', () => {
  it('there is nothing to propose or to read of it', async () => {
    const other = await ClientNetwork.start(crypto, 3);
    const { network: own } = await other.organisation('hospital-a');
    expect(await own.isGoverned()).toBe(false);
    const asked = [
      ...[() => own.rules(), () => own.release(), () => own.proposals(), () => own.proposal(1)],
      ...[() => own.validators(), () => own.stakes(), () => own.vote(1, 'yes')],
      ...[() => own.propose({ kind: 'halt-network' }), () => own.unjailValidator()],
    ];
    for (const work of asked) expect(await codeOfAsync(work)).toBe('GOVERNED_BY_REGISTRAR');
    await other.close();
  });
});

describe('a governed network is not founded', () => {
  const application = network.application('clinic', ['regulator']);
  const found = (governance: Parameters<typeof foundNetwork>[0]['governance']) => () =>
    foundNetwork(
      {
        ...{ chain: 'ward-1', time: 1, nodes: [], trustingPeriodSeconds: 1 },
        founders: [{ application, serviceKeys: [] }],
        parameters: { decideVersion: 1, decideDigest: new Uint8Array(32) },
        governance: governance!,
      },
      crypto,
    );
  const validators = [{ organisation: id('clinic'), publicKey: new Uint8Array(32) }];

  it('by rules that it could not live by', () => {
    const rules = { membership: { numerator: 1, denominator: 2 } };
    expect(codeOf(found({ validators, rules }))).toBe('RULES_INVALID');
  });

  it('with validators that are no founders, may make no blocks, or weigh nothing', () => {
    expect(codeOf(found({ validators }))).toBe('VALIDATOR_UNKNOWN');
    expect(codeOf(found({ validators: [] }))).toBe('VALIDATOR_UNKNOWN');
    const [validator] = validators;
    const stranger = { ...validator!, organisation: new Uint8Array(16) };
    expect(codeOf(found({ validators: [stranger] }))).toBe('VALIDATOR_UNKNOWN');
  });
});
