import { encodeMessage } from '@ward/ledger/schema';
import { concatBytes, defineFormat, field, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { bindBuiltIn } from '../contracts/built-in.ts';
import type { BindContracts } from '../machine/executor.ts';
import { MemoryStorage } from '../memory-storage.ts';
import { defineMessage } from '../schema/define-message.ts';
import { defineState } from '../schema/define-state.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import { OpenContract } from './bind-contract.ts';
import { type Contract, defineContract, defineHandler } from './define-contract.ts';
import type { State } from './records.ts';
import type { Scope } from './scope.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

// A contract of notes, whose second version counts how often a note was changed.
const NoteV1 = defineFormat('test-note', 1, { text: field.text(100) });
const NoteV2 = defineFormat('test-note', 2, { text: field.text(100), changes: field.integer() });
const Put = defineMessage('notes', 'PutNotes', {
  from: field.integer(0, 1_000_000),
  count: field.integer(1, 5000),
  text: field.text(100),
});
const firstState = defineState('notes', { notes: NoteV1, marks: NoteV1 });
const secondState = defineState('notes', { notes: NoteV2, marks: NoteV1 });

function noteId(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

const first = defineContract({
  name: 'notes',
  version: 1,
  state: firstState,
  messages: [
    defineHandler(Put, {
      check() {},
      apply({ from, count, text }, { state, signers }: Scope<typeof firstState, null>) {
        signers.inRole('author');
        for (let i = from; i < from + count; i++) {
          state.notes.put({ text }, noteId(i));
          if (i % 10 === 0) state.marks.put({ text }, noteId(i));
        }
      },
    }),
  ],
  queries: () => null,
  events: [],
  invariants: {},
  migrate: null,
});

const second = defineContract({
  name: 'notes',
  version: 2,
  state: secondState,
  messages: [
    defineHandler(Put, {
      check() {},
      apply({ from, count, text }, { state, signers }: Scope<typeof secondState, null>) {
        signers.inRole('author');
        for (let i = from; i < from + count; i++) {
          const changes = (state.notes.get(noteId(i))?.changes ?? -1) + 1;
          state.notes.put({ text, changes }, noteId(i));
        }
      },
    }),
  ],
  queries: () => null,
  events: [],
  invariants: {},
  migrate: {
    from: 1,
    records: {
      notes: {
        format: NoteV1,
        convert: (old) => ({ text: (old as { text: string }).text, changes: 100 }),
      },
    },
  },
});

function withNotes<S extends State>(notes: Contract<S, null, null>): BindContracts {
  return (host) => {
    const { contracts, authority } = bindBuiltIn(host);
    return { contracts: [...contracts, new OpenContract(notes, host).bind(null)], authority };
  };
}

function put(chain: TestChain, from: number, count: number, text: string): string {
  const signers = [{ account: ledger.provider.id, keyPair: ledger.provider.service }];
  const message = encodeMessage(Put, { from, count, text });
  return chain.verdicts(ledger.transaction([message], signers, chain.time + 60))[0]!;
}

/** A chain with `count` notes of version 1, reopened with the software of version 2. */
function upgraded(count: number): TestChain {
  const storage = new MemoryStorage();
  const options = { checksInvariants: false };
  const old = new TestChain(ledger, { ...options, contracts: withNotes(first) }, storage);
  for (let from = 0; from < count; from += 1000) {
    expect(put(old, from, Math.min(1000, count - from), 'old')).toBe('applied');
  }
  return new TestChain(ledger, { ...options, contracts: withNotes(second) }, storage);
}

function versions(chain: TestChain): { one: number; two: number } {
  let one = 0;
  let two = 0;
  const prefix = toHex(secondState.notes.key());
  for (const { key, value } of chain.machine.entries()) {
    if (!toHex(key).startsWith(prefix)) continue;
    if (value[1] === 1) one++;
    else two++;
  }
  return { one, two };
}

describe('a migration', () => {
  it('goes on page by page in blocks that carry transactions, and ends', () => {
    const chain = upgraded(2500);
    const total = chain.machine.stats().keys;
    const pages = Math.ceil(total / LEDGER_LIMITS.migratedPerBlockMax);
    let before = versions(chain);
    expect(before).toEqual({ one: 2500, two: 0 });
    for (let page = 0; page < pages; page++) {
      const root = toHex(chain.machine.appHash);
      expect(toHex(chain.block().appHash)).toBe(root);
      expect(put(chain, 5000 + page, 1, 'new')).toBe('applied');
      const now = versions(chain);
      expect(before.one - now.one).toBeLessThanOrEqual(LEDGER_LIMITS.migratedPerBlockMax);
      expect(now.one).toBeLessThan(before.one);
      before = now;
    }
    expect(before.one).toBe(0);
    const again = chain.machine.execute({
      height: chain.machine.height + 1,
      time: chain.time,
      transactions: [],
    });
    expect(again.appHash).toEqual(chain.machine.appHash);
  });

  it('reads and writes records of both versions while it is under way', () => {
    const chain = upgraded(1500);
    expect(put(chain, 0, 1500, 'changed')).toBe('applied');
    for (const number of [0, 700, 1499]) {
      const note = chain.machine.read(secondState.notes, noteId(number));
      expect(note).toEqual({ text: 'changed', changes: 101 });
    }
    expect(versions(chain)).toEqual({ one: 0, two: 1500 });
  });

  it('gives the same state with restarts as without, and leaves other records alone', () => {
    const roots = [false, true].map((restarts) => {
      const chain = upgraded(2500);
      for (let i = 0; i < 6; i++) {
        put(chain, 10_000 + i, 1, 'new');
        if (restarts) chain.restart();
      }
      expect(versions(chain).one).toBe(0);
      expect(chain.machine.read(secondState.marks, noteId(10))).toEqual({ text: 'old' });
      expect(chain.machine.read(secondState.notes, noteId(10))?.changes).toBe(100);
      const own = secondState.notes.key()[1];
      const values = [...chain.machine.entries()].filter(({ key }) => key[1] === own);
      return toHex(crypto.sha256(concatBytes(...values.map(({ value }) => value))));
    });
    expect(roots[0]).toBe(roots[1]);
  });

  it('stops a node whose software is older than the records', () => {
    const storage = new MemoryStorage();
    const later = new TestChain(ledger, { contracts: withNotes(second) }, storage);
    put(later, 0, 1, 'new');
    const earlier = new TestChain(ledger, { contracts: withNotes(first) }, storage);
    expect(() => put(earlier, 1, 1, 'old')).toThrow('cannot migrate');
  });
});

describe('defineContract', () => {
  it('takes only messages and records of its own, and a migration of one version', () => {
    expect(() => defineContract({ ...first, name: 'other' })).toThrow('of another contract');
    expect(() => defineContract({ ...first, messages: [], name: 'other' })).toThrow(
      'of another contract',
    );
    const jump = { ...second, version: 3 };
    expect(() => defineContract(jump)).toThrow('from another version');
  });
});
