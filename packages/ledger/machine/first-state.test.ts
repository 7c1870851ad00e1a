import {
  checkPlan,
  type FirstState,
  MemoryStorage,
  StateMachine,
  type Storage,
} from '@ward/ledger';
import {
  accountKey,
  directoryKey,
  type Genesis,
  genesisOf,
  networkState,
  Promotion,
  type PromotionPlan,
  promotionKey,
  slotKey,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { compareBytes, equalBytes, toHex, verifyState, type WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import {
  type EndedChain,
  endChain,
  firstStateOf,
  goOn,
  newcomer,
  PROMOTED_CHAIN,
  samplePlan,
} from '@ward/testkit/sample-promotion';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['pharmacy']]);
const { provider, realm } = ledger;

function slot(index: number) {
  const address = crypto.sha256(Uint8Array.of(index));
  return { address, value: crypto.sha256(address) };
}

function keyOf(index: number): Uint8Array {
  const { address } = slot(index);
  return slotKey(writtenSlot({ organisation: provider.id, address }, realm));
}

function written(): TestChain {
  const chain = new TestChain(ledger);
  for (let index = 0; index < 30; index++) {
    const message = { slots: [slot(index)] };
    chain.block([ledger.serviceTransaction(provider, WriteSlots, message, chain.time)]);
    chain.time++;
  }
  return chain;
}

let old: TestChain;
let ended: EndedChain;
beforeAll(() => {
  old = written();
  ended = endChain(old);
});

function open(genesis: Genesis, storage: Storage = new MemoryStorage()): StateMachine {
  return StateMachine.open({ storage, crypto, genesis, checksInvariants: true });
}

/** Why a genesis was refused; undefined where it was not. */
function reasonOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    const { code, data } = error as WardError;
    expect(code).toBe('GENESIS_INVALID');
    return String(data.reason);
  }
}

function codeWith(changes: Partial<FirstState>, genesis = ended.genesis): string | undefined {
  return codeOf(() => open(genesis).beginWith({ ...ended.first, ...changes }));
}

describe('a ledger that continues another one', () => {
  it('waits for its first state, and begins with it at the height of the last block', () => {
    const machine = open(ended.genesis);
    expect([machine.isBegun, machine.height]).toEqual([false, 0]);
    machine.beginWith(ended.first);
    expect([machine.isBegun, machine.height]).toEqual([true, old.machine.height]);
    expect([machine.time, machine.chain]).toEqual([ended.genesis.time, PROMOTED_CHAIN]);
    expect(machine.realm.network).toEqual(realm.network);
    expect(machine.block(machine.height)).toBeUndefined();
    expect(machine.oldestBlock).toBe(machine.height + 1);
  });

  it('has every key of the old one with its value, but for what the genesis writes', () => {
    const { machine } = goOn(ended);
    const changed = new Set<string>();
    const before = new Map([...old.machine.entries()].map((e) => [toHex(e.key), toHex(e.value)]));
    for (const { key, value } of machine.entries()) {
      if (before.get(toHex(key)) !== toHex(value)) changed.add(toHex(key));
      before.delete(toHex(key));
    }
    expect(before.size).toBe(0);
    // Three accounts and organisations, the directory; rules, parameters of the engine, release,
    // agenda, validator set, supply; four validators with their keys; one minute of ids.
    expect(changed.size).toBe(7 + 6 + 8 + 1);
    expect(changed.has(toHex(directoryKey))).toBe(true);
    expect(changed.has(toHex(accountKey(newcomer(ledger, 0).id)))).toBe(true);
  });

  it('proves what stood before under the header of the last block, and under its own', () => {
    const { machine } = goOn(ended);
    const base = machine.height;
    const last = ended.first.last.appHash;
    const promotion = machine.prove(promotionKey, base - 1);
    expect(verifyState({ key: promotionKey, ...promotion }, last, crypto)).toBe(true);
    expect(Promotion.decode(promotion.value!).chain).toBe(PROMOTED_CHAIN);
    const proved = machine.prove(keyOf(3));
    expect(proved.value).toEqual(old.machine.prove(keyOf(3)).value);
    expect(verifyState({ key: keyOf(3), ...proved }, machine.appHash, crypto)).toBe(true);
    expect(equalBytes(last, machine.appHash)).toBe(false);
  });

  it('goes on: old keys sign for the new chain, and nothing is written twice', () => {
    const chain = goOn(ended);
    const write = (index: number, of = ended.ledger) =>
      of.serviceTransaction(provider, WriteSlots, { slots: [slot(index)] }, chain.time);
    const verdicts = chain.verdicts(write(100), write(3), write(101, ledger));
    expect(verdicts).toEqual(['applied', 'SLOT_TAKEN', 'NETWORK_MISMATCH']);
    expect(chain.machine.height).toBe(old.machine.height + 1);
  });

  it('takes no transaction that the old chain took', () => {
    const chain = new TestChain(ledger);
    const taken = ledger.serviceTransaction(provider, WriteSlots, { slots: [slot(7)] }, chain.time);
    const { time } = chain;
    const next = goOn(endChain(chain, undefined, [taken]));
    expect(next.time - time).toBeLessThan(60);
    expect(next.verdicts(taken)).toEqual(['NETWORK_MISMATCH']);
  });

  it('is the same whether it is begun, restored, or begun anew elsewhere', () => {
    const storage = new MemoryStorage();
    const chain = goOn(ended, storage);
    const { appHash } = chain.machine;
    chain.restart();
    expect([chain.machine.isBegun, chain.machine.appHash]).toEqual([true, appHash]);
    chain.machine.beginWith({ ...ended.first, chunks: [] });
    expect(goOn(ended).machine.appHash).toEqual(appHash);
    chain.block();
    chain.machine.checkpoint();
    chain.restart();
    expect(chain.machine.appHash).toEqual(appHash);
    expect(chain.machine.block(chain.machine.height)).toBeDefined();
  });

  it('begins anew from wherever a crash cut its log', () => {
    const storage = new MemoryStorage();
    const { appHash, height } = goOn(ended, storage).machine;
    const left = new Set<number>();
    const step = Math.ceil(storage.size / 60);
    for (let size = 0; size <= storage.size; size += step) {
      const cut = new MemoryStorage();
      if (size > 0) cut.append(storage.read(0, size));
      const machine = open(ended.genesis, cut);
      left.add(machine.height);
      machine.beginWith(ended.first);
      expect([machine.height, machine.appHash]).toEqual([height, appHash]);
      const again = open(ended.genesis, cut);
      expect([again.isBegun, again.appHash]).toEqual([true, appHash]);
    }
    // Nothing of the old state, or all of it without what the genesis adds.
    expect([...left]).toEqual([0, height - 1]);
  });

  it('has a snapshot for others from its first block on, the same on all nodes', () => {
    const chain = new TestChain(ledger);
    const write = (index: number, of: TestLedger) =>
      of.serviceTransaction(provider, WriteSlots, { slots: [slot(index)] }, chain.time);
    // The minute in which ids of both chains end.
    const over = endChain(chain, undefined, [write(7, ledger)]);
    const storage = new MemoryStorage();
    const next = goOn(over, storage);
    next.verdicts(write(8, over.ledger));
    next.verdicts(write(9, over.ledger));
    const first = firstStateOf(next.machine, over.first.last);
    next.restart();
    expect(firstStateOf(next.machine, over.first.last)).toEqual(first);
    expect(first.snapshot.idChunks).toBe(1);
    const joiner = open(over.genesis);
    const lightBlock = new Uint8Array(1);
    const intake = joiner.snapshots.take({ snapshot: first.snapshot, lightBlock });
    for (const chunk of first.chunks) intake.take(chunk);
    expect(intake.isWhole).toBe(true);
    expect([joiner.height, joiner.appHash]).toEqual([next.machine.height, next.machine.appHash]);
    // Who joined a moment ago lacks the blocks of ids that are remembered.
    expect(codeOf(() => joiner.snapshots.make())).toBe('SNAPSHOT_NOT_READY');
  });

  it('is governed by its members from there on', () => {
    const { machine } = goOn(ended);
    expect(machine.read(networkState.agenda)).toMatchObject({ voters: 6, open: [] });
    expect(machine.read(networkState.validatorSet)!.active).toHaveLength(4);
    expect(machine.read(networkState.directory)!.organisations).toHaveLength(6);
  });

  it('takes the parameters of its plan where their version is above that of the state', () => {
    const parameters = { decideVersion: 2, decideDigest: new Uint8Array(32) };
    const next = goOn(endChain(written(), { ...samplePlan(ledger), parameters }));
    expect(next.machine.read(networkState.parameters)).toEqual(parameters);
    const older = { decideVersion: 1, decideDigest: new Uint8Array(32) };
    const same = goOn(endChain(written(), { ...samplePlan(ledger), parameters: older }));
    expect(same.machine.read(networkState.parameters)).toEqual(ledger.genesis.parameters);
  });
});

/** What is wrong with a plan as long as nobody signed it. */
function reasonOfPlan(plan: PromotionPlan): string | undefined {
  const { machine } = written();
  const read = (key: Uint8Array) => machine.prove(key).value;
  return reasonOf(() => checkPlan(plan, { read, time: machine.time }));
}

describe('a plan that nobody signed', () => {
  it('is looked at as the chain will that begins by it', () => {
    const plan = samplePlan(ledger);
    expect(reasonOfPlan(plan)).toBeUndefined();
    expect(reasonOfPlan({ ...plan, chain: '' })).toBe('chain');
    expect(reasonOfPlan({ ...plan, chain: plan.predecessor })).toBe('chain');
    const [first] = plan.members;
    const { keys } = first!.account;
    const twice = { ...first!.account, keys: [...keys, keys[0]!] };
    const members = plan.members.with(0, { ...first!, account: twice });
    expect(reasonOfPlan({ ...plan, members })).toBe('key');
  });
});

describe('a first state', () => {
  it('is of the header that the genesis names', () => {
    const { first } = ended;
    const last = { ...first.last, appHash: new Uint8Array(32) };
    expect(codeWith({ last })).toBe('GENESIS_INVALID');
    const later = { ...ended.genesis, time: ended.genesis.time + 1 };
    expect(codeWith({}, later)).toBe('GENESIS_INVALID');
    const { snapshot } = first;
    expect(codeWith({ snapshot: { ...snapshot, height: 5 } })).toBe('SNAPSHOT_INVALID');
    expect(codeWith({ snapshot: { ...snapshot, time: 5 } })).toBe('SNAPSHOT_INVALID');
    const appHash = new Uint8Array(32);
    expect(codeWith({ snapshot: { ...snapshot, appHash } })).toBe('SNAPSHOT_INVALID');
  });

  it('has every value as it was, and all of them', () => {
    const chunks = [...ended.first.chunks];
    expect(chunks.length).toBeGreaterThan(3);
    for (const [index, chunk] of chunks.entries()) {
      const changed = chunk.slice();
      changed[changed.length - 1]! ^= 1;
      expect(codeWith({ chunks: chunks.with(index, changed) })).toBe('SNAPSHOT_INVALID');
    }
    expect(codeWith({ chunks: chunks.slice(1) })).toBe('SNAPSHOT_INVALID');
    expect(codeWith({ chunks: chunks.slice(0, -1) })).toBe('SNAPSHOT_INVALID');
    expect(codeWith({ chunks: [...chunks, chunks[0]!] })).toBe('SNAPSHOT_INVALID');
  });

  it('is of a ledger that was promoted by the very plan of the genesis', () => {
    const { plan, first } = ended;
    const reasonWith = (other: typeof plan) =>
      reasonOf(() => open(genesisOf(other, first.last, crypto)).beginWith(first));
    const { governance } = plan;
    const rules = { ...governance.rules, votingSeconds: 61 };
    expect(reasonWith({ ...plan, governance: { ...governance, rules } })).toBe('promotion');
    expect(reasonWith({ ...plan, members: plan.members.slice(1) })).toBe('promotion');
    expect(reasonWith({ ...plan, chain: 'ward-test-3' })).toBe('promotion');
    expect(reasonWith({ ...plan, predecessor: 'ward-test-0' })).toBe('last');
    // Of another network not even the ids of its transactions fit.
    const foreign = genesisOf({ ...plan, network: new Uint8Array(32) }, first.last, crypto);
    expect(codeWith({}, foreign)).toBe('SNAPSHOT_INVALID');
  });

  it('has nobody in it who comes, and every voter, validator and successor', () => {
    const plan = samplePlan(ledger);
    const { governance, members } = plan;
    const [taken] = ledger.genesis.members;
    const stranger = new Uint8Array(16).fill(7);
    const [one] = governance.validators;
    const strange = { ...one!, organisation: stranger };
    const named = { ...members[0]!.organisation, successor: stranger };
    const both = [...members, taken!].sort((a, b) => compareBytes(a.id, b.id));
    const wrong = {
      taken: { ...plan, members: both },
      successor: { ...plan, members: members.with(0, { ...members[0]!, organisation: named }) },
      validators: { ...plan, governance: { ...governance, validators: [strange] } },
      release: { ...plan, governance: { ...governance, release: '' } },
    };
    for (const [reason, one] of Object.entries(wrong)) {
      expect(reasonOfPlan(one)).toBe(reason);
      const own = endChain(written(), one);
      expect(reasonOf(() => goOn(own))).toBe(reason);
    }
    const fewer = endChain(written(), { ...plan, validators: plan.validators.slice(1) });
    expect(reasonOf(() => goOn(fewer))).toBe('validators');
  });

  it('is of an old ledger: a successor may stand in it', () => {
    const plan = samplePlan(ledger);
    const named = { ...plan.members[0]!.organisation, successor: provider.id };
    const members = plan.members.with(0, { ...plan.members[0]!, organisation: named });
    expect(goOn(endChain(written(), { ...plan, members })).machine.isBegun).toBe(true);
  });
});
