import {
  type Action,
  type MessageKind,
  OpenAccount,
  RELEASE,
  type Rules,
  WriteSlots,
} from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { GovernedChain, governedLedger } from '@ward/testkit/governed-ledger';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AdmitOrganisation,
  CastVote,
  MakeProposal,
  SetParameters,
  SuspendOrganisation,
} from './messages.ts';
import { DEFAULT_CONSENSUS, DEFAULT_RULES } from './rules.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const roles = [['provider'], ['payer'], ['laboratory'], ['association'], ['regulator']] as const;
const ledger = governedLedger(crypto, { roles, validators: 2 });
// Five of six vote: two thirds are four votes, three quarters too.
const [first, second, third, fourth, fifth, regulator] = ledger.members as [
  ...[(typeof ledger.members)[0], (typeof ledger.members)[0], (typeof ledger.members)[0]],
  ...[(typeof ledger.members)[0], (typeof ledger.members)[0], (typeof ledger.members)[0]],
];
const newcomer = ledger.makeMember(60);
const { name, endpoints, sealingKey, custodian } = ledger.genesis.members[0]!.organisation;
const profile = { name, endpoints, sealingKey, custodian };
const opening = {
  account: newcomer.id,
  organisation: newcomer.id,
  keys: [{ kind: 'officer' as const, publicKey: newcomer.officer.publicKey, passkey: null }],
};
const admission = { organisation: newcomer.id, roles: ['pharmacy' as const], ...profile };
const admit: Action = { kind: 'admit-organisation', ...admission };
const halt: Action = { kind: 'halt-network' };
const suspend = (organisation: Uint8Array): Action => ({
  kind: 'suspend-organisation',
  organisation,
});
const reinstate = (organisation: Uint8Array): Action => ({
  kind: 'reinstate-organisation',
  organisation,
});

let chain: GovernedChain;
beforeEach(() => {
  chain = new GovernedChain(ledger);
});

function agenda() {
  return chain.machine.read(networkState.agenda)!;
}

function organisation(id: Uint8Array) {
  return chain.machine.read(networkState.organisations, id);
}

describe('who governs', () => {
  it('is the registrar alone, or the members together', () => {
    expect(chain.officer(first, SuspendOrganisation, { organisation: second.id })).toBe(
      'GOVERNED_BY_MEMBERS',
    );
    expect(chain.officer(first, AdmitOrganisation, admission)).toBe('GOVERNED_BY_MEMBERS');
    const rules = { decideVersion: 2, decideDigest: new Uint8Array(32) };
    expect(chain.officer(first, SetParameters, rules)).toBe('GOVERNED_BY_MEMBERS');
    const plain = new TestLedger(crypto);
    const clinic = new TestChain(plain);
    const proposal = { action: halt };
    const signed = plain.officerTransaction(plain.registrar, MakeProposal, proposal, clinic.time);
    const vote = { proposal: 1, choice: 'yes' as const };
    const voted = plain.officerTransaction(plain.registrar, CastVote, vote, clinic.time);
    expect(clinic.verdicts(signed, voted)).toEqual([
      'GOVERNED_BY_REGISTRAR',
      'GOVERNED_BY_REGISTRAR',
    ]);
  });

  it('proposes by the officer of a member with that right, and votes by one with that', () => {
    const signed = ledger.serviceTransaction(first, MakeProposal, { action: halt }, chain.time);
    expect(chain.verdicts(signed)).toEqual(['SIGNER_ROLE']);
    expect(chain.propose(regulator, halt)).toBe('applied');
    expect(chain.proposal(1)).toMatchObject({ yes: 0, no: 0, end: null });
    expect(chain.vote(regulator, 1)).toBe('SIGNER_ROLE');
    expect(chain.vote(first, 1)).toBe('applied');
    expect(chain.proposal(1).yes).toBe(1);
  });
});

describe('MakeProposal and CastVote', () => {
  it('do at once what enough members want, and not before', () => {
    expect(chain.propose(first, suspend(fifth.id))).toBe('applied');
    for (const voter of [second, third]) {
      expect(chain.vote(voter, 1)).toBe('applied');
      expect(organisation(fifth.id)!.status).toBe('active');
    }
    expect(chain.vote(fourth, 1)).toBe('applied');
    expect(organisation(fifth.id)!.status).toBe('suspended');
    expect(chain.proposal(1)).toMatchObject({ yes: 4, no: 0, end: { how: 'executed' } });
    expect(agenda()).toMatchObject({ next: 2, open: [], voters: 4 });
    expect(chain.vote(fifth, 1)).toBe('ORGANISATION_SUSPENDED');
    expect(chain.vote(first, 1)).toBe('PROPOSAL_CLOSED');
  });

  it('end what can not be decided any more', () => {
    chain.propose(first, suspend(fifth.id));
    expect(chain.vote(fifth, 1, 'no')).toBe('applied');
    expect(chain.proposal(1).end).toBeNull();
    expect(chain.vote(fourth, 1, 'no')).toBe('applied');
    expect(chain.proposal(1).end?.how).toBe('rejected');
    expect(organisation(fifth.id)!.status).toBe('active');
  });

  it('take one vote of each, on what there is', () => {
    chain.propose(first, suspend(fifth.id));
    expect(chain.vote(first, 1)).toBe('VOTE_CAST');
    expect(chain.vote(second, 1)).toBe('applied');
    expect(chain.vote(second, 1, 'no')).toBe('VOTE_CAST');
    expect(chain.vote(second, 2)).toBe('PROPOSAL_UNKNOWN');
  });

  it('end with the time of voting, which the next proposal takes note of', () => {
    chain.propose(first, suspend(fifth.id));
    chain.time += DEFAULT_RULES.votingSeconds - 1;
    expect(chain.vote(second, 1)).toBe('applied');
    chain.time += 1;
    expect(chain.vote(third, 1)).toBe('PROPOSAL_CLOSED');
    expect(agenda().open).toEqual([1]);
    expect(chain.propose(third, halt)).toBe('applied');
    expect(agenda().open).toEqual([2]);
    expect(chain.proposal(1).end).toEqual({ how: 'expired', time: chain.time });
  });

  it('say why something could not be done when it was decided', () => {
    chain.propose(first, suspend(fifth.id));
    expect(chain.decide(suspend(fifth.id), [second, first, third, fourth])).toBe('executed');
    for (const voter of [second, third, fourth]) chain.vote(voter, 1);
    expect(chain.proposal(1)).toMatchObject({
      end: { how: 'failed' },
      code: 'ORGANISATION_SUSPENDED',
    });
  });

  it('count the votes of those who may vote now', () => {
    chain.propose(fifth, halt);
    chain.vote(fourth, 1);
    expect(chain.decide(suspend(fifth.id), [first, second, third, fourth])).toBe('executed');
    expect(chain.proposal(1)).toMatchObject({ yes: 1, no: 0 });
    expect(chain.decide(reinstate(fifth.id), [first, second, third])).toBe('executed');
    expect(chain.proposal(1)).toMatchObject({ yes: 2, no: 0, end: null });
    expect(agenda().voters).toBe(5);
  });

  it('keep places for emergencies, and for every member', () => {
    const action = suspend(fifth.id);
    for (let i = 0; i < 4; i++) expect(chain.propose(first, action)).toBe('applied');
    expect(chain.propose(first, action)).toBe('PROPOSALS_FULL');
    expect(chain.propose(second, action)).toBe('applied');
    chain.time += DEFAULT_RULES.votingSeconds;
    expect(chain.propose(first, action)).toBe('applied');
    expect(agenda().open).toEqual([6]);
  });

  it('leave the last places of the agenda to emergencies', () => {
    const many = Array.from({ length: 29 }, () => ['provider'] as const);
    const large = governedLedger(crypto, { roles: many, validators: 1 });
    const own = new GovernedChain(large, { checksInvariants: false });
    const [target, ...others] = large.members;
    for (const member of others.slice(0, 28)) {
      for (let i = 0; i < 4; i++) expect(own.propose(member, suspend(target!.id))).toBe('applied');
    }
    expect(own.propose(others[28]!, suspend(target!.id))).toBe('PROPOSALS_FULL');
    expect(own.propose(others[28]!, halt)).toBe('applied');
  });

  it('decide alone where one member has the only vote', () => {
    const alone = governedLedger(crypto, { roles: [['regulator']], validators: 1 });
    const own = new GovernedChain(alone);
    expect(own.propose(alone.registrar, halt)).toBe('applied');
    expect(own.machine.read(networkState.agenda)!.haltedSince).toBe(own.time);
  });
});

describe('members', () => {
  it('admit a newcomer whose account one of them has opened', () => {
    expect(chain.propose(first, admit)).toBe('ORGANISATION_WITHOUT_ACCOUNT');
    expect(chain.officer(third, OpenAccount, opening)).toBe('applied');
    expect(chain.decide(admit)).toBe('executed');
    expect(organisation(newcomer.id)).toMatchObject({ status: 'active', roles: ['pharmacy'] });
    expect(agenda().voters).toBe(6);
    expect(chain.propose(first, admit)).toBe('ORGANISATION_TAKEN');
    expect(chain.propose(newcomer, halt)).toBe('applied');
  });

  it('give and take roles, and votes with them', () => {
    const set = (own: Extract<Action, { kind: 'set-roles' }>['roles']): Action => ({
      kind: 'set-roles',
      organisation: fifth.id,
      roles: own,
    });
    expect(chain.propose(first, set([]))).toBe('ROLES_INVALID');
    expect(chain.decide(set(['regulator']))).toBe('executed');
    expect(agenda().voters).toBe(4);
    expect(chain.vote(fifth, 1)).toBe('SIGNER_ROLE');
    expect(chain.decide(set(['payer', 'provider']), [first, second, third])).toBe('executed');
    expect(organisation(fifth.id)!.roles).toEqual(['payer', 'provider']);
    expect(agenda().voters).toBe(5);
  });

  it('never take the last vote', () => {
    const alone = governedLedger(crypto, { roles: [['regulator']], validators: 1 });
    const own = new GovernedChain(alone);
    const { id } = alone.registrar;
    expect(own.propose(alone.registrar, suspend(id))).toBe('VOTER_LAST');
    const roles = ['regulator'] as const;
    const demoted: Action = { kind: 'set-roles', organisation: id, roles };
    expect(own.propose(alone.registrar, demoted)).toBe('VOTER_LAST');
  });

  it('suspend and reinstate only what is there to be', () => {
    expect(chain.propose(first, suspend(newcomer.id))).toBe('ORGANISATION_UNKNOWN');
    expect(chain.propose(first, reinstate(second.id))).toBe('ORGANISATION_ACTIVE');
  });

  it('decide which rules custodians decide by', () => {
    const rules = { decideVersion: 2, decideDigest: new Uint8Array(32) };
    expect(chain.decide({ kind: 'set-decide-rules', ...rules })).toBe('executed');
    expect(chain.machine.read(networkState.parameters)).toEqual(rules);
    expect(chain.propose(first, { kind: 'set-decide-rules', ...rules })).toBe('PARAMETERS_VERSION');
  });
});

describe('the rules themselves', () => {
  const set = (rules: Partial<Rules>): Action => ({
    kind: 'set-rules',
    rules: { ...DEFAULT_RULES, ...rules },
  });
  const part = (numerator: number, denominator: number) => ({ numerator, denominator });

  it('are changed by vote, and count from the next vote on', () => {
    expect(chain.decide(set({ membership: part(1, 1) }))).toBe('executed');
    expect(chain.decide(suspend(fifth.id), [first, second, third, fourth])).toBe('open');
    expect(chain.vote(fifth, 2)).toBe('applied');
    expect(organisation(fifth.id)!.status).toBe('suspended');
  });

  it('must be such that a network can live by them', () => {
    const broken: Partial<Rules>[] = [
      { membership: part(1, 2) },
      { constitution: part(0, 1) },
      { emergency: part(3, 2) },
      { absenceSlash: part(2, 1) },
      { misbehaviourSlash: part(2, 1) },
      { absenceTolerated: part(1, 1) },
      { unbondingSeconds: DEFAULT_CONSENSUS.evidenceSecondsMax - 1 },
    ];
    for (const rules of broken) expect(chain.propose(first, set(rules))).toBe('RULES_INVALID');
    const consensus = { ...DEFAULT_CONSENSUS, evidenceSecondsMax: 31_536_000 };
    expect(chain.propose(first, { kind: 'set-consensus', consensus })).toBe('RULES_INVALID');
  });

  it('hand parameters to the engine, the whole group, once', () => {
    const consensus = { ...DEFAULT_CONSENSUS, blockBytesMax: 2 * 1024 * 1024 };
    const action: Action = { kind: 'set-consensus', consensus };
    for (const voter of [first, second, third]) {
      if (voter === first) chain.propose(voter, action);
      else chain.vote(voter, 1);
    }
    const vote = { proposal: 1, choice: 'yes' as const };
    const signed = ledger.officerTransaction(fourth, CastVote, vote, chain.time);
    expect(chain.block([signed]).consensusParameters).toEqual(consensus);
    expect(chain.block().consensusParameters).toBeUndefined();
    expect(chain.machine.read(networkState.consensus)).toEqual(consensus);
  });
});

describe('a halted network', () => {
  const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
  const write = () => ledger.serviceTransaction(second, WriteSlots, { slots }, chain.time);

  it('takes proposals and votes, and nothing else, until members let it go on', () => {
    expect(chain.propose(first, { kind: 'resume-network' })).toBe('NOT_HALTED');
    expect(chain.decide(halt)).toBe('executed');
    expect(chain.verdicts(write())).toEqual(['NETWORK_HALTED']);
    expect(chain.officer(third, OpenAccount, opening)).toBe('NETWORK_HALTED');
    expect(() => chain.machine.check(write(), chain.time)).toThrow('halted');
    expect(chain.propose(first, halt)).toBe('HALTED_ALREADY');
    chain.restart();
    expect(chain.verdicts(write())).toEqual(['NETWORK_HALTED']);
    expect(chain.decide({ kind: 'resume-network' })).toBe('executed');
    expect(chain.verdicts(write())).toEqual(['applied']);
  });

  it('is halted, and goes on, from within the block on', () => {
    chain.propose(first, halt);
    for (const voter of [second, third]) chain.vote(voter, 1);
    const cast = (proposal: number) =>
      ledger.officerTransaction(fourth, CastVote, { proposal, choice: 'yes' }, chain.time);
    expect(chain.verdicts(cast(1), write())).toEqual(['applied', 'NETWORK_HALTED']);
    chain.propose(first, { kind: 'resume-network' });
    for (const voter of [second, third]) chain.vote(voter, 2);
    expect(chain.verdicts(write(), cast(2), write())).toEqual([
      ...['NETWORK_HALTED', 'applied', 'applied'],
    ]);
  });
});

describe('an upgrade', () => {
  const plan = (height: number, release = 'ward-2'): Action => {
    return { kind: 'plan-upgrade', name: release, height, digest: new Uint8Array(32).fill(2) };
  };

  it('has a new name and a height ahead, and may be taken back', () => {
    const { height } = chain.machine;
    expect(chain.propose(first, plan(height + 2))).toBe('UPGRADE_INVALID');
    expect(chain.propose(first, plan(90, RELEASE))).toBe('UPGRADE_INVALID');
    expect(chain.propose(first, plan(90, ''))).toBe('UPGRADE_INVALID');
    expect(chain.propose(first, { kind: 'cancel-upgrade' })).toBe('UPGRADE_UNPLANNED');
    expect(chain.decide(plan(90))).toBe('executed');
    expect(chain.machine.read(networkState.release)!.plan).toMatchObject({ height: 90 });
    expect(chain.decide({ kind: 'cancel-upgrade' })).toBe('executed');
    expect(chain.machine.read(networkState.release)).toEqual({ current: RELEASE, plan: null });
  });
});

describe('events', () => {
  /** Names of what the block of one officer's message announces. */
  function announced<T>(member: (typeof ledger.members)[0], kind: MessageKind<T>, message: T) {
    const signed = ledger.officerTransaction(member, kind, message, chain.time);
    const { events } = chain.block([signed]);
    return events[0]!.map(({ contract, name: event }) => `${contract} ${event}`);
  }

  it('tell of proposals, votes, ends and of what was done, in this order', () => {
    const set: Action = { kind: 'set-roles', organisation: fifth.id, roles: ['payer'] };
    expect(announced(first, MakeProposal, { action: set })).toEqual([
      ...['network proposal-made', 'network vote-cast'],
    ]);
    chain.vote(second, 1);
    chain.vote(third, 1);
    expect(announced(fourth, CastVote, { proposal: 1, choice: 'yes' })).toEqual([
      ...['network vote-cast', 'network proposal-ended', 'network roles-set'],
    ]);
  });

  it('tell of everything that can be decided', () => {
    const { rules, consensus } = ledger.genesis.governance!;
    const decided: readonly (readonly [Action, string])[] = [
      [{ kind: 'set-rules', rules }, 'rules-set'],
      [{ kind: 'set-consensus', consensus }, 'consensus-set'],
      [
        { kind: 'plan-upgrade', name: 'x', height: 999, digest: sealingKey.slice(0, 32) },
        'upgrade',
      ],
      [{ kind: 'cancel-upgrade' }, 'upgrade-planned'],
      [{ kind: 'halt-network' }, 'network-halted'],
      [{ kind: 'resume-network' }, 'network-resumed'],
      [{ kind: 'remove-validator', organisation: second.id }, 'validator-changed'],
      [{ kind: 'grant-stake', organisation: second.id, amount: 1 }, 'stake-changed'],
      [suspend(fifth.id), 'organisation-suspended'],
    ];
    for (const [i, [action, event]] of decided.entries()) {
      chain.propose(first, action);
      for (const voter of [second, third]) chain.vote(voter, i + 1);
      const told = announced(fourth, CastVote, { proposal: i + 1, choice: 'yes' });
      expect(told.at(-1)).toContain(event);
    }
  });
});
