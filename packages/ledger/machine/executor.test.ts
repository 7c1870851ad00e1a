import { encodeMessage, WriteSlots } from '@ward/ledger/schema';
import {
  type AssertionOrigin,
  TransactionBody,
  TransactionEnvelope,
  type TransactionSignature,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestChain, verdictOf } from '@ward/testkit/test-chain';
import { TEST_CHAIN, TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { AddKey } from '../contracts/identity/messages.ts';
import { SetParameters } from '../contracts/network/messages.ts';
import { Outcome } from '../schema/outcome.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['payer']]);
const { provider, registrar } = ledger;
const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const write = (address: number) =>
  encodeMessage(WriteSlots, { slots: [{ address: bytes(address), value: bytes(1) }] });
const service = { account: provider.id, keyPair: provider.service };

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(ledger);
});

const transaction = (address: number, validUntil = chain.time + 60) =>
  ledger.transaction([write(address)], [service], validUntil);

/** A body as it is, with signatures that nobody verifies here. */
function raw(changes: Partial<TransactionBody>, signatures?: readonly TransactionSignature[]) {
  const body = TransactionBody.encode({
    network: ledger.realm.network,
    chain: TEST_CHAIN,
    signers: [{ account: provider.id, role: 'author' }],
    validUntil: chain.time + 60,
    salt: new Uint8Array(16),
    messages: [write(1)],
    ...changes,
  });
  const own = { publicKey: provider.service.publicKey, signature: new Uint8Array(64) };
  const envelope = TransactionEnvelope.encode({ body, signatures: signatures ?? [own] });
  const id = crypto.sha256(body);
  return { envelope, id, digest: crypto.sha256(envelope), passkeys: [undefined] };
}

describe('a transaction', () => {
  it('counts in its own network and chain only', () => {
    const elsewhere = [raw({ network: bytes(9) }), raw({ chain: 'ward-test-2' })];
    expect(chain.verdicts(...elsewhere)).toEqual(['NETWORK_MISMATCH', 'NETWORK_MISMATCH']);
  });

  it('is valid until, but not at, its last second, and no longer than 180 seconds', () => {
    const { time } = chain;
    const verdicts = chain.verdicts(
      transaction(1, time),
      transaction(2, time + 1),
      transaction(3, time + 180),
      transaction(4, time + 181),
    );
    expect(verdicts).toEqual(['TRANSACTION_EXPIRED', 'applied', 'applied', 'TRANSACTION_TOO_FAR']);
  });

  it('is taken once: in a block, in later ones, after a restart, also when it was refused', () => {
    const applied = transaction(1, chain.time + 100);
    const refused = transaction(1, chain.time + 100);
    expect(chain.verdicts(applied, refused, applied)).toEqual([
      'applied',
      'SLOT_TAKEN',
      'TRANSACTION_REPLAYED',
    ]);
    for (let i = 0; i < 5; i++) {
      const replayed = ['TRANSACTION_REPLAYED', 'TRANSACTION_REPLAYED'];
      expect(chain.verdicts(applied, refused)).toEqual(replayed);
      chain.time += 17;
      chain.restart();
    }
    chain.time = TEST_TIME + 101;
    expect(chain.verdicts(applied)).toEqual(['TRANSACTION_EXPIRED']);
  });

  it('is not remembered when another block takes its place', () => {
    const one = transaction(1);
    chain.machine.execute({ height: 1, time: chain.time, transactions: [one] });
    expect(chain.verdicts(transaction(2))).toEqual(['applied']);
    expect(chain.verdicts(one)).toEqual(['applied']);
  });

  it('applies all of its messages, or none', () => {
    const parts = [write(1), write(2), write(1)];
    const refused = ledger.transaction(parts, [service], chain.time + 60);
    const outcome = chain.block([refused, transaction(2)]);
    expect(Outcome.decode(outcome.results[0]!.data).verdict).toMatchObject({
      kind: 'refused',
      message: 2,
      code: 'SLOT_TAKEN',
      data: [{ name: 'slot' }],
    });
    expect(outcome.events.map((events) => events.length)).toEqual([0, 1]);
    expect(outcome.slots).toHaveLength(1);
    expect(outcome.results[1]!.code).toBe(0);
  });

  it('names contracts and messages that there are', () => {
    const unknown = (contract: string, name: string) =>
      raw({
        salt: new Uint8Array(16).fill(name.length),
        messages: [{ ...write(1), contract, name }],
      });
    expect(chain.verdicts(unknown('slots', 'Write'), unknown('nothing', 'WriteSlots'))).toEqual([
      'MESSAGE_UNKNOWN',
      'MESSAGE_UNKNOWN',
    ]);
  });

  it('is refused by a code where its bytes, or those of a message, have no right form', () => {
    const cut = raw({ messages: [{ ...write(1), body: write(1).body.slice(0, -1) }] });
    const broken = { ...transaction(2), envelope: Uint8Array.of(0xff) };
    expect(chain.verdicts(cut, broken)).toEqual(['CBOR_TRUNCATED', 'FORMAT_TYPE']);
  });

  it('is refused where its signers are not those who signed, though nobody looked before', () => {
    const author = { account: provider.id, role: 'author' };
    const unsigned = raw({ signers: [author, { ...author, role: 'witness' }] });
    const { body, signatures } = TransactionEnvelope.decode(unsigned.envelope);
    const twice = TransactionBody.encode({
      ...TransactionBody.decode(body),
      signers: [author, author],
    });
    const signed = { body: twice, signatures: [signatures[0]!, signatures[0]!] };
    const doubled = { ...unsigned, envelope: TransactionEnvelope.encode(signed) };
    expect(chain.verdicts(unsigned, doubled)).toEqual([
      'TRANSACTION_SIGNERS',
      'TRANSACTION_SIGNER_TWICE',
    ]);
  });
});

describe('a signer', () => {
  const officer = { account: registrar.id, keyPair: registrar.officer };
  const rules = { decideVersion: 2, decideDigest: bytes(2) };

  it('has an account, and its key is one of that account', () => {
    const stranger = ledger.makeMember(99);
    const strangers = [
      ledger.transaction([write(1)], [{ ...service, account: stranger.id }], chain.time + 60),
      ledger.transaction([write(1)], [{ ...service, keyPair: stranger.service }], chain.time + 60),
      ledger.transaction([write(1)], [{ ...service, account: registrar.id }], chain.time + 60),
    ];
    expect(chain.verdicts(...strangers)).toEqual(new Array(3).fill('SIGNER_UNKNOWN'));
  });

  it('signs in a role that a message asks for: one author, and nobody without a meaning', () => {
    const sign = (...signers: Parameters<typeof ledger.transaction>[1]) =>
      ledger.transaction([write(1)], signers, chain.time + 60);
    const verdicts = chain.verdicts(
      sign({ ...service, role: 'witness' }),
      sign(service, { ...officer, role: 'witness' }),
      sign(service, { account: registrar.id, keyPair: registrar.service }),
      sign(service, { ...service, role: 'witness' }),
    );
    const roles = new Array(3).fill('SIGNER_ROLE');
    expect(verdicts).toEqual([...roles, 'SIGNER_TWICE']);
  });

  it("signs with an officer's key for what governs, with a service's for the daily work", () => {
    const governs = encodeMessage(SetParameters, rules);
    const signed = [
      ledger.transaction([governs], [{ ...officer, keyPair: registrar.service }], chain.time + 60),
      ledger.transaction([governs, governs], [officer], chain.time + 60),
      ledger.transaction([governs], [officer], chain.time + 60),
    ];
    expect(chain.verdicts(...signed)).toEqual(['SIGNER_ROLE', 'PARAMETERS_VERSION', 'applied']);
  });

  it('uses a passkey only where it was enrolled', () => {
    const publicKey = new Uint8Array(65).fill(4);
    const passkey = { rpIdHash: bytes(8), origin: 'https://officer.example' };
    const key = { kind: 'officer' as const, publicKey, passkey };
    const add = { account: registrar.id, key };
    expect(chain.verdicts(ledger.officerTransaction(registrar, AddKey, add, chain.time))).toEqual([
      'applied',
    ]);
    const signed = (salt: number, origin: AssertionOrigin | undefined) => ({
      ...raw(
        {
          salt: new Uint8Array(16).fill(salt),
          signers: [{ account: registrar.id, role: 'author' }],
          messages: [encodeMessage(SetParameters, rules)],
        },
        [{ publicKey, signature: new Uint8Array(64) }],
      ),
      passkeys: [origin],
    });
    const verdicts = chain.verdicts(
      signed(1, undefined),
      signed(2, { ...passkey, rpIdHash: bytes(9) }),
      signed(3, { ...passkey, origin: 'https://officer.example.org' }),
      signed(4, passkey),
    );
    expect(verdicts).toEqual(['SIGNER_UNKNOWN', 'SIGNER_UNKNOWN', 'SIGNER_UNKNOWN', 'applied']);
  });

  it('cannot pass a plain key for a passkey', () => {
    const origin = { rpIdHash: bytes(8), origin: 'https://officer.example' };
    const claimed = { ...transaction(1), passkeys: [origin] };
    expect(chain.verdicts(claimed)).toEqual(['SIGNER_UNKNOWN']);
  });
});

describe('admission', () => {
  it('refuses what the next block would refuse, and leaves nothing behind', () => {
    const { machine } = chain;
    const { appHash } = machine;
    const good = transaction(1);
    const codes = [
      codeOf(() => machine.check(transaction(1, chain.time), chain.time)),
      codeOf(() => machine.check(raw({ chain: 'other' }), chain.time)),
      codeOf(() => machine.check(good, chain.time)),
      codeOf(() => machine.check(good, chain.time)),
    ];
    expect(codes).toEqual(['TRANSACTION_EXPIRED', 'NETWORK_MISMATCH', undefined, undefined]);
    expect(machine.execute({ height: 1, time: chain.time, transactions: [] }).appHash).toEqual(
      appHash,
    );
    expect(chain.verdicts(good)).toEqual(['applied']);
    expect(codeOf(() => machine.check(good, chain.time))).toBe('TRANSACTION_REPLAYED');
    expect(codeOf(() => machine.check(transaction(1), chain.time))).toBe('SLOT_TAKEN');
  });

  it('does not disturb a block that is executed and not committed yet', () => {
    const { machine } = chain;
    const executed = machine.execute({
      height: 1,
      time: chain.time,
      transactions: [transaction(1)],
    });
    machine.check(transaction(2), chain.time);
    expect(codeOf(() => machine.check(transaction(1), chain.time))).toBe('SLOT_TAKEN');
    machine.commit({ lightBlock: bytes(0) });
    expect(machine.appHash).toEqual(executed.appHash);
    chain.restart();
    expect(chain.machine.appHash).toEqual(executed.appHash);
    expect(chain.verdicts(transaction(2))).toEqual(['applied']);
  });

  it('proposes what is worth a place in a block, as much as fits', () => {
    const { machine } = chain;
    const good = [transaction(1), transaction(2)];
    const waiting = [transaction(3, chain.time), good[0]!, raw({ chain: 'other' }), good[1]!];
    const proposed = machine.propose(waiting, chain.time);
    expect(proposed).toEqual(good);
    const block = { height: 1, time: chain.time, transactions: proposed };
    machine.verify(block);
    expect(machine.execute(block).results.map(verdictOf)).toEqual(['applied', 'applied']);
    const large = { ...transaction(5), envelope: new Uint8Array(9 * 1024 * 1024) };
    expect(codeOf(() => machine.verify({ ...block, transactions: [large, large] }))).toBe(
      'BLOCK_INVALID',
    );
  });

  it('knows which block may follow', () => {
    const { machine } = chain;
    chain.block();
    const at = (height: number, time: number) =>
      codeOf(() => machine.verify({ height, time, transactions: [] }));
    expect(at(2, chain.time)).toBeUndefined();
    expect([at(1, chain.time), at(3, chain.time), at(2, chain.time - 1)]).toEqual(
      new Array(3).fill('BLOCK_INVALID'),
    );
  });
});
