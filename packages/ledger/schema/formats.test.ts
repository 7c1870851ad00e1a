import * as schema from '@ward/ledger/schema';
import { type Format, parseHex, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { TestLedger } from '@ward/testkit/test-ledger';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Any JSON that the published schema allows; lists that must be sorted may come out unsorted. */
function anyJson(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(anyJson));
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum!, max: schema.maximum! });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'array') {
    const minLength = schema.minItems ?? 0;
    const maxLength = Math.min(schema.maxItems!, Math.max(minLength, 2));
    return fc.array(anyJson(schema.items!), { minLength, maxLength });
  }
  if (schema.type === 'object') {
    const fields = Object.entries(schema.properties!);
    return fc.record(Object.fromEntries(fields.map(([name, one]) => [name, anyJson(one)])));
  }
  const max = schema.maxLength!;
  if (schema.format !== 'hex') return fc.string({ maxLength: Math.min(max, 20) });
  const least = schema.minLength! / 2;
  const size = { minLength: least, maxLength: Math.max(least, Math.min(max / 2, 40)) };
  return fc.uint8Array(size).map(toHex);
}

const formats = Object.entries(schema).flatMap(([name, value]): [string, Format<unknown>][] => {
  const isFormat = typeof value === 'object' && value !== null && 'decode' in value;
  return isFormat ? [[name, value as Format<unknown>]] : [];
});
const messages = Object.entries(schema).flatMap(([name, value]): [string, Format<unknown>][] => {
  const isMessage = typeof value === 'object' && value !== null && 'body' in value;
  const { body } = value as { body?: unknown };
  const isFormat = isMessage && typeof body === 'object' && body !== null && 'decode' in body;
  return isFormat && 'contract' in value ? [[name, body as Format<unknown>]] : [];
});

describe('every format and message of the ledger', () => {
  it('is there to be looked at', () => {
    expect(formats.length).toBeGreaterThan(20);
    expect(messages.map(([name]) => name).sort()).toEqual([
      ...['AddKey', 'AdmitOrganisation', 'BondStake', 'CarrySlot', 'CastVote', 'EndKey'],
      ...['MakeProposal', 'NameSuccessor', 'OpenAccount', 'PromoteNetwork', 'RegisterValidator'],
      ...['ReinstateOrganisation', 'SetParameters', 'SuspendOrganisation', 'UnbondStake'],
      ...['UnjailValidator', 'UpdateOrganisation', 'WriteSlots'],
    ]);
  });

  it.each([...formats, ...messages])(
    '%s has one encoding, and comes back from it and from JSON',
    (_, format) => {
      const json = anyJson(format.schema as unknown as JsonSchema);
      let encoded = 0;
      fc.assert(
        fc.property(json, (given) => {
          const code = codeOf(() => format.encode(format.fromJson(given)));
          // What JSON Schema cannot say: order, and lengths of texts in bytes.
          if (code !== undefined) {
            expect(['JSON_INVALID', 'FORMAT_RANGE', 'TEXT_INVALID']).toContain(code);
            return;
          }
          encoded++;
          const value = format.fromJson(given);
          const bytes = format.encode(value);
          expect(format.decode(bytes)).toEqual(value);
          expect(format.decodeShared(bytes)).toEqual(value);
          expect(format.encode(format.decode(bytes))).toEqual(bytes);
          expect(format.fromJson(JSON.parse(JSON.stringify(format.toJson(value))))).toEqual(value);
        }),
        { numRuns: 30, endOnFailure: true },
      );
      expect(encoded).toBeGreaterThan(0);
    },
  );
});

describe('keys of the state', () => {
  const part = fc.uint8Array({ maxLength: 40 });
  const keyOf = (contract: string, name: string, parts: readonly Uint8Array[]) => {
    const state = schema.defineState(contract, { [name]: schema.Slot });
    return toHex(state[name]!.key(...parts));
  };

  it('meet only where contract, collection and all parts are the same', () => {
    const named = fc.constantFrom('a', 'aa', 'aaa', 'b');
    const key = fc.tuple(named, named, fc.array(part, { maxLength: 3 }));
    fc.assert(
      fc.property(key, key, (one, other) => {
        const isSame = JSON.stringify(flat(one)) === JSON.stringify(flat(other));
        expect(keyOf(...one) === keyOf(...other)).toBe(isSame);
      }),
    );
  });

  it('begin with contract and collection, each behind its length', () => {
    const hexOf = (text: string) => toHex(new TextEncoder().encode(text));
    const slots = `05${hexOf('slots')}05${hexOf('slots')}20`;
    const slot = new Uint8Array(32).fill(0xab);
    expect(toHex(schema.slotKey(slot))).toBe(slots + 'ab'.repeat(32));
    const parameters = `07${hexOf('network')}0a${hexOf('parameters')}`;
    expect(toHex(schema.parametersKey)).toBe(parameters);
  });

  it('have parts of at most 255 bytes', () => {
    expect(() => schema.slotKey(new Uint8Array(256))).toThrow('longer than 255');
  });
});

function flat([contract, name, parts]: readonly [string, string, readonly Uint8Array[]]) {
  return [contract, name, ...parts.map(toHex)];
}

describe('slots', () => {
  it('of organisations and of one-time keys never stand at one address', () => {
    const { realm } = ledger;
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, fc.uint8Array({ minLength: 16, maxLength: 16 }), (some, organisation) => {
        const written = toHex(schema.writtenSlot({ organisation, address: some }, realm));
        expect(written).not.toBe(toHex(schema.carriedSlot(some, realm)));
        const other = { ...realm, network: new Uint8Array(32) };
        expect(written).not.toBe(toHex(schema.writtenSlot({ organisation, address: some }, other)));
      }),
    );
  });

  it('are signed by their one-time key for one network and value', () => {
    const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(6));
    const value = new Uint8Array(32).fill(1);
    const { pk, signature } = schema.signCarriedSlot({ value, keyPair }, ledger.realm);
    const verify = (signed: Uint8Array) => crypto.ed25519.verify(signature, signed, pk);
    expect(verify(schema.carriedBytes(value, ledger.realm))).toBe(true);
    expect(
      verify(
        schema.carriedBytes(
          value.map((byte) => byte + 1),
          ledger.realm,
        ),
      ),
    ).toBe(false);
    const other = { ...ledger.realm, network: value };
    expect(verify(schema.carriedBytes(value, other))).toBe(false);
  });
});

describe('limits', () => {
  const { LEDGER_LIMITS: limits } = schema;

  it('let the directory of the largest network stand in one value', () => {
    const organisations = Array.from({ length: limits.organisationsMax }, (_, i) => {
      const id = new Uint8Array(16);
      new DataView(id.buffer).setUint32(0, i);
      return id;
    });
    expect(schema.Directory.encode({ organisations }).length).toBeLessThan(limits.valueBytesMax);
    const more = [...organisations, new Uint8Array(16).fill(255)];
    expect(codeOf(() => schema.Directory.encode({ organisations: more }))).toBe('FORMAT_RANGE');
  });

  it('let an account with as many keys as it may have stand in one value', () => {
    const key = {
      kind: 'officer' as const,
      publicKey: new Uint8Array(65),
      from: Number.MAX_SAFE_INTEGER,
      until: Number.MAX_SAFE_INTEGER,
      passkey: { rpIdHash: new Uint8Array(32), origin: 'o'.repeat(limits.endpointBytesMax) },
    };
    const keys = new Array(limits.keysPerAccountMax).fill(key);
    const account = { organisation: new Uint8Array(16), keys };
    expect(schema.Account.encode(account).length).toBeLessThan(limits.valueBytesMax);
  });

  it('let the largest message of slots be announced in one event', () => {
    const slots = new Array(limits.slotsPerMessageMax).fill(new Uint8Array(32));
    expect(schema.SlotsWritten.encode({ slots }).length).toBeLessThan(limits.valueBytesMax);
  });
});

describe('a genesis', () => {
  it('is the network, unless it continues another', () => {
    const { genesis } = ledger;
    const own = schema.networkOf(genesis, crypto);
    expect(toHex(own)).toBe(toHex(ledger.realm.network));
    const later = { ...genesis, time: genesis.time + 1 };
    expect(toHex(schema.networkOf(later, crypto))).not.toBe(toHex(own));
    expect(schema.networkOf({ ...later, network: own }, crypto)).toBe(own);
  });

  it('lists its members in the order of their ids', () => {
    const { genesis } = ledger;
    const turned = { ...genesis, members: [...genesis.members].reverse() };
    expect(codeOf(() => schema.Genesis.encode(turned))).toBe('FORMAT_ORDER');
  });
});

describe('a message', () => {
  it('stands in a body with its contract and name', () => {
    const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
    const { contract, name, body } = schema.encodeMessage(schema.WriteSlots, { slots });
    expect([contract, name]).toEqual(['slots', 'WriteSlots']);
    expect(schema.WriteSlots.body.decode(body)).toEqual({ slots });
    expect(toHex(body)).toBe(`820181825820${'00'.repeat(32)}5820${'00'.repeat(32)}`);
    expect(codeOf(() => schema.WriteSlots.body.decode(parseHex('820180')))).toBe('FORMAT_RANGE');
  });
});

describe('when a key counts', () => {
  it('is from its first second up to, not including, its last', () => {
    const key = { kind: 'service' as const, publicKey: new Uint8Array(32), passkey: null };
    const active = (from: number, until: number | null, time: number) =>
      schema.isKeyActive({ ...key, from, until }, time);
    expect([active(5, null, 4), active(5, null, 5), active(5, null, 1e9)]).toEqual([
      false,
      true,
      true,
    ]);
    expect([active(5, 9, 8), active(5, 9, 9), active(5, 5, 5)]).toEqual([true, false, false]);
  });
});
