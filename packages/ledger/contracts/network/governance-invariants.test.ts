import type { Collection } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { GovernedChain, governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../contract/check-invariants.ts';
import { TransactionSigners } from '../../machine/signers.ts';
import { type CommittedState, WorkingState } from '../../machine/working-state.ts';
import { HASH_WORDS } from '../../state-tree/nodes.ts';
import { sha256Words } from '../../state-tree/sha256.ts';
import { bindBuiltIn } from '../built-in.ts';
import { proposalNumber } from './proposal.ts';
import { DEFAULT_CONSENSUS, DEFAULT_RULES } from './rules.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const ledger = governedLedger(crypto, {
  roles: [['provider'], ['payer'], ['regulator']],
  validators: 2,
  stakes: [{ free: 5, bonded: 0 }],
});
const [first, second, third, regulator] = ledger.members.map(({ id }) => id) as [
  ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array],
];

// One proposal is over, another is open with one vote.
const chain = new GovernedChain(ledger);
chain.decide({ kind: 'halt-network' });
chain.propose(ledger.members[0]!, { kind: 'resume-network' });
const begun = new Map<string, Uint8Array>();
for (const { key, value } of chain.machine.entries()) {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  begun.set(words.join(), value);
}
const committed: CommittedState = {
  has: (keyHash) => begun.has(keyHash.join()),
  read: (keyHash) => begun.get(keyHash.join()) ?? null,
};

type Write = readonly [key: Uint8Array, value: Uint8Array];

/** What a record would be, with some of it changed. */
function changed<V extends object>(
  collection: Collection<V>,
  change: Partial<V>,
  ...parts: readonly Uint8Array[]
): Write {
  const before = chain.machine.read(collection, ...parts);
  return [collection.key(...parts), collection.value.encode({ ...(before as V), ...change })];
}

/** What the invariants say to a block that wrote this, whatever handler let it. */
function written(...writes: readonly Write[]): string {
  const state = new WorkingState(committed);
  const block = { height: 9, time: chain.time };
  const { contracts } = bindBuiltIn({
    ...{ state, realm: ledger.realm, chain: ledger.genesis.chain, block },
    signers: new TransactionSigners(),
    emit() {},
  });
  for (const [key, value] of writes) state.put(key, value);
  try {
    checkInvariants(state.overlay.toWrites(), contracts, committed, block);
    return 'holds';
  } catch (error) {
    return (error as Error).message;
  }
}

const { agenda, proposals, votes, stakes, supply, validators, validatorSet } = networkState;
const { organisations, validatorKeys, rules, consensus } = networkState;
const [over, open] = [proposalNumber(1), proposalNumber(2)];

describe('the invariants of governance', () => {
  it('hold for what stands there', () => {
    expect(written(changed(agenda, {}), changed(proposals, {}, open))).toBe('holds');
    expect(written(changed(stakes, {}, first), changed(supply, {}))).toBe('holds');
    expect(written(changed(validatorSet, {}), changed(rules, {}))).toBe('holds');
  });

  it('keep stake: conserved, listed, and never less granted', () => {
    expect(written(changed(stakes, { free: 6 }, first))).toContain('held by somebody');
    expect(written(changed(supply, { granted: 6 }))).toContain('held by somebody');
    const nothing = { free: 0, bonded: 0, unbonding: [] };
    expect(written(changed(stakes, nothing, second))).toContain('is listed');
    const less = changed(supply, { granted: 4 });
    expect(written(less, changed(stakes, { free: 4 }, first))).toContain('stays so');
  });

  it('keep proposals: ended once, listed until then, with votes that count', () => {
    const end = { how: 'rejected' as const, time: chain.time };
    expect(written(changed(proposals, { end }, over))).toContain('ends once');
    expect(written(changed(proposals, { end: null }, over))).toContain('ends once');
    expect(written(changed(proposals, { end }, open))).toContain('until it has ended');
    expect(written(changed(proposals, { yes: 2 }, open), changed(agenda, {}))).toContain(
      'counts the votes',
    );
    const no = { choice: 'no' as const, time: chain.time };
    expect(written(changed(votes, no, open, first))).toContain('votes once');
  });

  it('keep the count of those who may vote', () => {
    expect(written(changed(agenda, { voters: 4 }))).toContain('counts those who may vote');
    expect(written(changed(organisations, { status: 'suspended' }, third))).toContain(
      'counts those who may vote',
    );
    const all = [first, second, third].map((id) =>
      changed(organisations, { status: 'suspended' }, id),
    );
    expect(written(...all)).toContain('somebody with a vote');
    expect(written(changed(organisations, { roles: [] }, regulator))).toContain('has roles');
    expect(written(changed(organisations, { roles: ['regulator'] }, regulator))).toBe('holds');
  });

  it('keep validators: with a key of their own, the weight of the rules, and their past', () => {
    const { active, approved } = chain.machine.read(validatorSet)!;
    const heavier = active.map((one) => ({ ...one, power: 2 }));
    const mixed = [heavier[0]!, active[1]!];
    expect(written(changed(validatorSet, { active: mixed }))).toContain('weighs what');
    const [{ publicKey }] = active as [(typeof active)[0]];
    const twice = active.map((one) => ({ ...one, publicKey }));
    expect(written(changed(validatorSet, { active: twice }))).toContain('keys of their own');
    const fewer = approved.slice(1);
    expect(written(changed(validatorSet, { approved: fewer }))).toContain('weighs what');
    const jail = { kind: 'misbehaviour' as const };
    expect(written(changed(validators, { jail }, first))).toContain('weighs what');
    const judged = changed(validators, { judgedHeight: 3 }, first);
    expect(written(judged)).toBe('holds');
    const words = new Int32Array(HASH_WORDS);
    sha256Words(judged[0], words, 0);
    const before = begun.get(words.join())!;
    begun.set(words.join(), judged[1]);
    expect(written(changed(validators, { judgedHeight: 2 }, first))).toContain('stays judged');
    begun.set(words.join(), before);
    const address = chain.address(0);
    expect(written(changed(validatorKeys, { organisation: second }, address))).toContain(
      'with whom it came',
    );
    expect(validatorKey(crypto, 0).publicKey).toHaveLength(32);
  });

  it('keep rules and parameters of the engine such that a network can live by them', () => {
    const short = { unbondingSeconds: DEFAULT_CONSENSUS.evidenceSecondsMax - 1 };
    expect(written(changed(rules, short))).toContain('fit each other');
    const long = { evidenceSecondsMax: DEFAULT_RULES.unbondingSeconds + 1 };
    expect(written(changed(consensus, long))).toContain('fit each other');
  });
});
