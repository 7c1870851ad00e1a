import { type Action, encodeMessage, networkState, RELEASE, WriteSlots } from '@ward/ledger/schema';
import { defineFormat, field, hasCode, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { GovernedChain, governedLedger } from '@ward/testkit/governed-ledger';
import { codeOf } from '@ward/testkit/refusals';
import { TestChain } from '@ward/testkit/test-chain';
import { describe, expect, it } from 'vitest';
import { OpenContract } from '../contract/bind-contract.ts';
import { defineContract, defineHandler } from '../contract/define-contract.ts';
import type { Scope } from '../contract/scope.ts';
import { bindBuiltIn } from '../contracts/built-in.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { defineMessage } from '../schema/define-message.ts';
import { defineState } from '../schema/define-state.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import type { BindContracts } from './executor.ts';
import { checkRelease } from './release.ts';

const crypto = await loadCrypto();
const ledger = governedLedger(crypto, { roles: [['provider'], ['payer']], validators: 1 });
const NEXT = 'ward-2';
const digest = new Uint8Array(32).fill(7);
const plan = (height: number): Action => ({ kind: 'plan-upgrade', name: NEXT, height, digest });

// A contract of marks, which the next release counts.
const MarkV1 = defineFormat('test-mark', 1, { text: field.text(10) });
const MarkV2 = defineFormat('test-mark', 2, { text: field.text(10), count: field.integer() });
const PutMarks = defineMessage('marks', 'PutMarks', { from: field.integer(0, 100_000) });
const MARKS = 1000;
const firstState = defineState('marks', { marks: MarkV1 });
const secondState = defineState('marks', { marks: MarkV2 });

function markId(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

const frame = { name: 'marks', queries: () => null, events: [], invariants: {} };
const first = defineContract({
  ...frame,
  version: 1,
  state: firstState,
  messages: [
    defineHandler(PutMarks, {
      check: () => {},
      apply({ from }, { state, signers }: Scope<typeof firstState, null>) {
        signers.inRole('author');
        for (let i = from; i < from + MARKS; i++) state.marks.put({ text: 'old' }, markId(i));
      },
    }),
  ],
  migrate: null,
});
const second = defineContract({
  ...frame,
  version: 2,
  state: secondState,
  messages: [
    defineHandler(PutMarks, {
      check: () => {},
      apply({ from }, { state, signers }: Scope<typeof secondState, null>) {
        signers.inRole('author');
        state.marks.put({ text: 'new', count: 2 }, markId(from));
      },
    }),
  ],
  migrate: {
    from: 1,
    records: {
      marks: {
        format: MarkV1,
        convert: (old) => ({ text: (old as { text: string }).text, count: 1 }),
      },
    },
  },
});
const withFirst: BindContracts = (host) => {
  const { contracts, authority } = bindBuiltIn(host);
  return { contracts: [...contracts, new OpenContract(first, host).bind(null)], authority };
};
const withSecond: BindContracts = (host) => {
  const { contracts, authority } = bindBuiltIn(host);
  return { contracts: [...contracts, new OpenContract(second, host).bind(null)], authority };
};

function put(chain: TestChain, from: number): string {
  const signers = [{ account: ledger.provider.id, keyPair: ledger.provider.service }];
  const message = encodeMessage(PutMarks, { from });
  return chain.verdicts(ledger.transaction([message], signers, chain.time + 60))[0]!;
}

/** A chain that has planned to go over to the next release, and stands before that height. */
function planned(): { storage: MemoryStorage; height: number } {
  const storage = new MemoryStorage();
  const chain = new GovernedChain(ledger, { contracts: withFirst }, storage);
  for (let i = 0; i < 3; i++) expect(put(chain, i * MARKS)).toBe('applied');
  const height = chain.machine.height + 10;
  expect(chain.decide(plan(height))).toBe('executed');
  while (chain.machine.height < height - 1) chain.block();
  return { storage, height };
}

describe('the release that a height wants', () => {
  it('is the one of the genesis, then the planned one', () => {
    const decided = { current: RELEASE, plan: { name: NEXT, height: 10, digest } };
    expect(codeOf(() => checkRelease(RELEASE, decided, 9))).toBeUndefined();
    expect(codeOf(() => checkRelease(NEXT, decided, 10))).toBeUndefined();
    expect(codeOf(() => checkRelease(RELEASE, decided, 10))).toBe('UPGRADE_NEEDED');
    expect(codeOf(() => checkRelease(NEXT, decided, 9))).toBe('UPGRADE_EARLY');
    expect(codeOf(() => checkRelease('other', decided, 90))).toBe('UPGRADE_NEEDED');
    const unplanned = { current: RELEASE, plan: null };
    expect(codeOf(() => checkRelease(RELEASE, unplanned, 90))).toBeUndefined();
    expect(codeOf(() => checkRelease(NEXT, unplanned, 90))).toBe('UPGRADE_EARLY');
    expect(codeOf(() => checkRelease('any', null, 1))).toBeUndefined();
  });
});

describe('a node at the height of an upgrade', () => {
  it('stops before it executes, says what to install, and is whole', () => {
    const { storage, height } = planned();
    const chain = new TestChain(ledger, { contracts: withFirst }, storage);
    const { appHash } = chain.machine;
    try {
      chain.block();
      expect.unreachable();
    } catch (error) {
      expect(hasCode(error, 'UPGRADE_NEEDED')).toBe(true);
      const told = { height, planned: height, digest: toHex(digest) };
      expect((error as { data: unknown }).data).toEqual(told);
    }
    expect(chain.machine.height).toBe(height - 1);
    expect(chain.machine.appHash).toEqual(appHash);
    chain.restart();
    expect(() => chain.block()).toThrow('another release');
    expect(chain.machine.read(networkState.release)!.plan!.height).toBe(height);
  });

  it('goes on with the new release, which brings the records to its formats page by page', () => {
    const { storage } = planned();
    const options = { contracts: withSecond, release: NEXT };
    const chain = new GovernedChain(ledger, options, storage);
    const root = chain.machine.appHash;
    expect(chain.block().appHash).toEqual(root);
    const pages = Math.ceil(chain.machine.stats().keys / LEDGER_LIMITS.migratedPerBlockMax);
    const prefix = toHex(secondState.marks.key());
    const left = () =>
      [...chain.machine.entries()].filter(({ key, value }) => {
        return toHex(key).startsWith(prefix) && value[1] === 1;
      }).length;
    for (let page = 0; page < pages; page++) {
      const before = left();
      expect(chain.machine.read(secondState.marks, markId(5))?.text ?? 'old').toBe('old');
      expect(put(chain, 9000 + page)).toBe('applied');
      expect(before - left()).toBeLessThanOrEqual(LEDGER_LIMITS.migratedPerBlockMax);
      if (page === 1) chain.restart();
    }
    expect(left()).toBe(0);
    for (const number of [0, 1500, 2999]) {
      expect(chain.machine.read(secondState.marks, markId(number))).toEqual({
        text: 'old',
        count: 1,
      });
    }
  });

  it('comes to the same state on every machine, restarted or not', () => {
    const roots = [false, true].map((restarts) => {
      const { storage } = planned();
      const chain = new TestChain(ledger, { contracts: withSecond, release: NEXT }, storage);
      const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
      const verdicts: string[] = [];
      for (let i = 0; i < 5; i++) {
        const signed = ledger.serviceTransaction(
          ledger.provider,
          WriteSlots,
          { slots },
          chain.time,
        );
        verdicts.push(...chain.verdicts(signed));
        if (restarts) chain.restart();
      }
      const versions = [...chain.machine.entries()].filter(
        ({ key }) => key[1] === 'm'.charCodeAt(0),
      );
      return [verdicts, versions.map(({ value }) => toHex(value))];
    });
    expect(roots[0]).toEqual(roots[1]);
  });

  it('is not the new release before that height', () => {
    const storage = new MemoryStorage();
    const chain = new GovernedChain(ledger, {}, storage);
    expect(chain.decide(plan(90))).toBe('executed');
    const early = new TestChain(ledger, { release: NEXT }, storage);
    expect(codeOf(() => early.block())).toBe('UPGRADE_EARLY');
    expect(chain.block()).toMatchObject({ results: [] });
  });

  it('plans the upgrade after it from the release of now', () => {
    const { storage, height } = planned();
    const chain = new GovernedChain(ledger, { contracts: withFirst, release: NEXT }, storage);
    expect(chain.propose(ledger.registrar, plan(height + 90))).toBe('UPGRADE_INVALID');
    const third: Action = { kind: 'plan-upgrade', name: 'ward-3', height: height + 90, digest };
    expect(chain.decide(third)).toBe('executed');
    expect(chain.machine.read(networkState.release)).toEqual({
      current: NEXT,
      plan: { name: 'ward-3', height: height + 90, digest },
    });
    expect(chain.decide({ kind: 'cancel-upgrade' })).toBe('executed');
    expect(chain.machine.read(networkState.release)).toEqual({ current: NEXT, plan: null });
  });
});
