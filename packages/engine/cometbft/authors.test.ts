import { StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';

import { describe, expect, it } from 'vitest';
import { VolatileStorage } from '../storage/durable-storage.ts';
import { authorsOf, mainAuthor } from './authors.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['provider']]);
const { genesis, members } = ledger;
const machine = StateMachine.open({ storage: new VolatileStorage(), crypto, genesis });
const authorOf = authorsOf(machine);
const name = (id: Uint8Array) => Buffer.from(id).toString('latin1');

function envelope(member: (typeof members)[number]): Uint8Array {
  const address = crypto.sha256(member.id);
  const slots = [{ address, value: address }];
  return ledger.serviceTransaction(member, WriteSlots, { slots }, TEST_TIME).envelope;
}

describe('authors', () => {
  it('are the organisations for which the first signers act', () => {
    for (const member of members) expect(authorOf(envelope(member))).toBe(name(member.id));
  });

  it('count as one where the ledger does not know them', () => {
    const strangers = [7, 8].map((index) => ledger.makeMember(index));
    expect(strangers.map((stranger) => authorOf(envelope(stranger)))).toEqual(['', '']);
  });

  it('are refused with what is no envelope', () => {
    expect(codeOf(() => authorOf(Uint8Array.of(1)))).toMatch(/^(CBOR|FORMAT)_/);
  });

  it('pay for a container when most of it is theirs', () => {
    const [first, second] = members.slice(1).map((member) => envelope(member));
    expect(mainAuthor([first!, second!, second!], authorOf)).toBe(name(members[2]!.id));
    expect(mainAuthor([first!, second!, first!], authorOf)).toBe(name(members[1]!.id));
  });
});
