import {
  accountKey,
  directoryKey,
  identityState,
  networkState,
  organisationKey,
  parametersKey,
  promotionKey,
  slotKey,
  slotsState,
} from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { bindBuiltIn } from '../contracts/built-in.ts';
import type { BoundContracts } from '../machine/executor.ts';
import { TransactionSigners } from '../machine/signers.ts';
import { type CommittedState, WorkingState } from '../machine/working-state.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import { checkInvariants } from './check-invariants.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { id } = ledger.provider;
const block = { height: 1, time: TEST_TIME + 1 };

/** Every key and value of a chain that has only begun. */
const begun = new Map<string, Uint8Array>();
for (const { key, value } of new TestChain(ledger).machine.entries()) {
  const words = new Int32Array(HASH_WORDS);
  sha256Words(key, words, 0);
  begun.set(words.join(), value);
}
const committed: CommittedState = {
  has: (keyHash) => begun.has(keyHash.join()),
  read: (keyHash) => begun.get(keyHash.join()) ?? null,
};

/** What the invariants say to a block that wrote this, whatever handler let it. */
function written(...writes: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): string {
  const state = new WorkingState(committed);
  const { contracts }: BoundContracts = bindBuiltIn({
    state,
    realm: ledger.realm,
    chain: ledger.genesis.chain,
    block,
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

const { accounts } = identityState;
const { organisations, directory, parameters } = networkState;
const member = ledger.genesis.members.find((one) => one.id.join() === id.join())!;
const { account, organisation } = member;
const writeAccount = (changed: Partial<typeof account>) =>
  written([accountKey(id), accounts.value.encode({ ...account, ...changed })]);
const [first, second] = account.keys as [(typeof account.keys)[0], (typeof account.keys)[0]];

describe('the invariants', () => {
  it('hold for what handlers write', () => {
    expect(writeAccount({})).toBe('holds');
    const slot = { value: new Uint8Array(32), time: block.time };
    expect(written([slotKey(new Uint8Array(32)), slotsState.slots.value.encode(slot)])).toBe(
      'holds',
    );
  });

  it('keep slots: the first write, and its time', () => {
    const key = slotKey(new Uint8Array(32));
    const slot = { value: new Uint8Array(32), time: block.time - 1 };
    const encoded = slotsState.slots.value.encode(slot);
    expect(written([key, encoded])).toContain('bears the time');
    const words = new Int32Array(HASH_WORDS);
    sha256Words(key, words, 0);
    begun.set(words.join(), encoded);
    const again = slotsState.slots.value.encode({ ...slot, time: block.time });
    expect(written([key, again])).toContain('written once');
    const other = slotsState.slots.value.encode({ ...slot, value: new Uint8Array(32).fill(1) });
    expect(written([key, other])).toContain('written once');
    // As a migration does, for which it is the same slot in another form.
    expect(written([key, encoded])).toBe('holds');
    begun.delete(words.join());
  });

  it('keep accounts: their organisation and their keys', () => {
    const until = block.time;
    expect(writeAccount({ organisation: ledger.registrar.id })).toContain('acts for one');
    expect(writeAccount({ keys: [first] })).toContain('never removed');
    expect(writeAccount({ keys: [second, first] })).toContain('never removed');
    expect(writeAccount({ keys: [{ ...first, kind: 'device' }, second] })).toContain(
      'never removed',
    );
    expect(writeAccount({ keys: [{ ...first, until }, second] })).toBe('holds');
    expect(writeAccount({ keys: [first, second, first] })).toContain('differ');
    const broken = { ...first, publicKey: new Uint8Array(33) };
    expect(writeAccount({ keys: [first, second, broken] })).toContain('differ');
  });

  it('keep organisations: in the directory, with their roles, a registrar active', () => {
    const write = (of: Uint8Array, changed: Partial<typeof organisation>) =>
      written([organisationKey(of), organisations.value.encode({ ...organisation, ...changed })]);
    expect(write(id, { status: 'suspended' })).toBe('holds');
    expect(write(id, { roles: ['payer'] })).toContain('keeps them');
    expect(write(ledger.makeMember(70).id, {})).toContain('stands in the directory');
    const own = { roles: ['registrar' as const], status: 'suspended' as const };
    expect(write(ledger.registrar.id, own)).toContain('registrar is active');
    const listed = [[id], [id, ledger.registrar.id, ledger.makeMember(70).id]];
    for (const organisations of listed) {
      const sorted = [...organisations].sort((a, b) => Buffer.compare(a, b));
      const encoded = directory.value.encode({ organisations: sorted });
      expect(written([directoryKey, encoded])).toContain('leaves the directory');
    }
  });

  it('keep a promotion as it was written', () => {
    const { promotion } = networkState;
    const encoded = promotion.value.encode({ chain: 'ward-test-2', plan: new Uint8Array(32) });
    expect(written([promotionKey, encoded])).toBe('holds');
    const words = new Int32Array(HASH_WORDS);
    sha256Words(promotionKey, words, 0);
    begun.set(words.join(), encoded);
    expect(written([promotionKey, encoded])).toContain('promoted once');
    begun.delete(words.join());
  });

  it('keep the version of the rules rising', () => {
    const write = (decideVersion: number) =>
      written([
        parametersKey,
        parameters.value.encode({ decideVersion, decideDigest: new Uint8Array(32) }),
      ]);
    expect(write(2)).toBe('holds');
    expect(write(1)).toContain('only rises');
  });
});
