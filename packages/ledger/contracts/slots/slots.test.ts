import { encodeMessage } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { SlotsWritten } from './events.ts';
import { CarrySlot, WriteSlots } from './messages.ts';
import { carriedSlot, signCarriedSlot, slotsState, writtenSlot } from './state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['laboratory']]);
const { provider, registrar, realm } = ledger;
const laboratory = ledger.members[2]!;
const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const slot = (address: number, value = address + 1) => ({
  address: bytes(address),
  value: bytes(value),
});

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(ledger);
});

const write = (member: typeof provider, ...slots: { address: Uint8Array; value: Uint8Array }[]) =>
  ledger.serviceTransaction(member, WriteSlots, { slots }, chain.time);
const read = (address: Uint8Array) => chain.machine.read(slotsState.slots, address);
const addressOf = (member: typeof provider, address: number) =>
  writtenSlot({ organisation: member.id, address: bytes(address) }, realm);

describe('WriteSlots', () => {
  it('writes value and time of the block at the address of the organisation', () => {
    const outcome = chain.block([write(provider, slot(1), slot(2))]);
    const expected = [addressOf(provider, 1), addressOf(provider, 2)];
    expect(outcome.slots.map(toHex)).toEqual(expected.map(toHex));
    expect(read(expected[0]!)).toEqual({ value: bytes(2), time: chain.time });
    const [event] = outcome.events[0]!;
    expect([event!.contract, event!.name]).toEqual(['slots', 'slots-written']);
    expect(SlotsWritten.decode(event!.body).slots).toEqual(expected);
  });

  it('refuses a taken slot in every way of writing it twice, and keeps the first value', () => {
    expect(chain.verdicts(write(provider, slot(1), slot(1)))).toEqual(['SLOT_TAKEN']);
    const signers = [{ account: provider.id, keyPair: provider.service }];
    const message = encodeMessage(WriteSlots, { slots: [slot(1)] });
    const twice = ledger.transaction([message, message], signers, chain.time + 60);
    expect(chain.verdicts(twice)).toEqual(['SLOT_TAKEN']);
    expect(read(addressOf(provider, 1))).toBeNull();
    const inBlock = [write(provider, slot(1, 7)), write(provider, slot(2), slot(1, 8))];
    expect(chain.verdicts(...inBlock)).toEqual(['applied', 'SLOT_TAKEN']);
    expect(chain.verdicts(write(provider, slot(1, 9)))).toEqual(['SLOT_TAKEN']);
    expect(read(addressOf(provider, 1))?.value).toEqual(bytes(7));
    expect(read(addressOf(provider, 2))).toBeNull();
  });

  it('keeps the slots of organisations apart', () => {
    const both = [write(provider, slot(1)), write(laboratory, slot(1))];
    expect(chain.verdicts(...both)).toEqual(['applied', 'applied']);
    expect(toHex(addressOf(provider, 1))).not.toBe(toHex(addressOf(laboratory, 1)));
  });

  it("is refused to an officer's key", () => {
    const message = { slots: [slot(1)] };
    const signed = ledger.officerTransaction(registrar, WriteSlots, message, chain.time);
    expect(chain.verdicts(signed)).toEqual(['SIGNER_ROLE']);
  });

  it('writes as many slots as a message may have, and says which one was taken', () => {
    const many = Array.from({ length: LEDGER_LIMITS.slotsPerMessageMax }, (_, i) => ({
      address: crypto.sha256(Uint8Array.of(i >> 8, i)),
      value: bytes(1),
    }));
    expect(chain.block([write(provider, ...many)]).slots).toHaveLength(many.length);
    const taken = write(provider, slot(1), many[500]!);
    expect(chain.verdicts(taken)).toEqual(['SLOT_TAKEN']);
  });
});

describe('CarrySlot', () => {
  const keyPair = crypto.ed25519.keyPair(bytes(42));
  const signed = signCarriedSlot({ value: bytes(5), keyPair }, realm);
  const carry = (member: typeof provider, message: CarrySlot) =>
    ledger.serviceTransaction(member, CarrySlot, message, chain.time);

  it('writes the slot of a one-time key, whoever carries it, once', () => {
    const outcome = chain.block([carry(laboratory, signed), carry(provider, signed)]);
    expect(outcome.results.map(({ code }) => code)).toEqual([0, 1]);
    const at = carriedSlot(keyPair.publicKey, realm);
    expect(outcome.slots).toEqual([at]);
    expect(read(at)).toEqual({ value: bytes(5), time: chain.time });
    const other = signCarriedSlot({ value: bytes(6), keyPair }, realm);
    expect(chain.verdicts(carry(provider, other))).toEqual(['SLOT_TAKEN']);
  });

  it('refuses what the one-time key did not sign', () => {
    const otherNetwork = { ...realm, network: bytes(1) };
    const wrong: CarrySlot[] = [
      { ...signed, value: bytes(6) },
      { ...signed, pk: provider.service.publicKey },
      { ...signed, signature: signed.signature.map((byte, i) => (i === 3 ? byte ^ 1 : byte)) },
      signCarriedSlot({ value: bytes(5), keyPair }, otherNetwork),
    ];
    for (const message of wrong) {
      expect(chain.verdicts(carry(provider, message))).toEqual(['SLOT_SIGNATURE']);
    }
  });
});
