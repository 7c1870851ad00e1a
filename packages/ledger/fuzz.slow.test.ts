import * as schema from '@ward/ledger/schema';
import { equalBytes, type Format, openTransaction } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type FuzzTarget, fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { startMemoryNode } from '@ward/testkit/memory-node';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { BlockLog } from './log/block-log.ts';
import { readHeader } from './log/frame.ts';
import { ContractVersion, ReplayMinute } from './machine/ledger-state.ts';
import { MemoryStorage } from './memory-storage.ts';

const MILLION = inputsFor(1_000_000);
const SOME = inputsFor(50_000);
const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed, provider, realm } = ledger;

interface JsonSchema {
  readonly type?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly items?: JsonSchema;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The least that a published schema allows, with one item in each list. */
function leastJson(schema: JsonSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return leastJson(choices.find(({ type }) => type !== 'null')!);
  if (schema.type === 'array') return [leastJson(schema.items!)];
  if (schema.type === 'object') {
    const fields = Object.entries(schema.properties!);
    return Object.fromEntries(fields.map(([name, one]) => [name, leastJson(one)]));
  }
  if (schema.type === 'integer') return schema.minimum;
  if (schema.type === 'boolean') return true;
  if (schema.type === 'null') return null;
  return schema.format === 'hex' ? '0'.repeat(schema.minLength!) : 'x';
}

function isFormat(value: unknown): value is Format<unknown> {
  return typeof value === 'object' && value !== null && 'decode' in value && 'toJson' in value;
}

function isMessage(value: unknown): value is schema.MessageKind<unknown> {
  return typeof value === 'object' && value !== null && 'body' in value && isFormat(value.body);
}

/** Decodes, and holds what is accepted to its only encoding. */
function canonical<T>(format: Format<T>): (bytes: Uint8Array) => void {
  return (bytes) => {
    const value = format.decode(bytes);
    if (!equalBytes(format.encode(value), bytes)) throw new Error('a second encoding');
  };
}

function targetOf(format: Format<unknown>): FuzzTarget {
  const sample = format.encode(format.fromJson(leastJson(format.schema as JsonSchema)));
  return { parse: canonical(format), samples: [sample] };
}

const published = Object.values(schema).flatMap((value) => {
  if (isFormat(value)) return [[value.name, targetOf(value)] as const];
  if (isMessage(value)) return [[value.body.name, targetOf(value.body)] as const];
  return [];
});
const own = [ReplayMinute, ContractVersion].map(
  (format) => [format.name, targetOf(format as Format<unknown>)] as const,
);

/** What a node really answers and what really stands in its log. */
async function realSamples() {
  const clock = { nowMs: () => (TEST_TIME + 5) * 1000 };
  const node = await startMemoryNode({ genesis, validatorSeed, clock, crypto });
  const slots = [1, 2, 3].map((n) => {
    const bytes = new Uint8Array(32).fill(n);
    return { address: bytes, value: bytes };
  });
  const time = TEST_TIME + 5;
  const { envelope } = ledger.serviceTransaction(provider, schema.WriteSlots, { slots }, time);
  const receipt = await node.queries.submit(envelope);
  const { height } = receipt.block.header;
  const [present, absent] = [slots[0]!.address, new Uint8Array(32)].map((address) =>
    schema.slotKey(schema.writtenSlot({ organisation: provider.id, address }, realm)),
  );
  const keys = [present!, absent!];
  const samples = {
    envelope,
    receipt: schema.Receipt.encode(receipt),
    block: schema.BlockContent.encode(node.queries.block(height)),
    proofs: schema.ProofAnswer.encode(node.queries.prove({ keys, height: null })),
    network: schema.NetworkFile.encode(node.networkFile),
  };
  await node.stop();
  return samples;
}

const real = await realSamples();
const wire: { readonly [name: string]: FuzzTarget } = {
  'a transaction': { parse: openTransaction, samples: [real.envelope] },
  'a receipt': { parse: canonical(schema.Receipt), samples: [real.receipt] },
  'a block': { parse: canonical(schema.BlockContent), samples: [real.block] },
  'an answer with proofs': { parse: canonical(schema.ProofAnswer), samples: [real.proofs] },
  'messages of slots': targetOf(schema.WriteSlots.body as Format<unknown>),
};

/** A frame as the log has it. */
function frame(): Uint8Array {
  const log = new BlockLog(new MemoryStorage(), crypto);
  log.writer.begin();
  const header = { kind: 2, height: 7, time: 8, numbers: [1, 2, 3, 4] } as const;
  log.appendFrame(header, new Uint8Array(32));
  return log.read(0, log.storage.size);
}

describe('a million altered inputs', () => {
  it.each(Object.entries(wire))('leave %s with a code each', (name, target) => {
    const report = fuzz(target, { seed: 1, runs: MILLION, memoryMaxBytes: 256 * 1024 * 1024 });
    tellFuzz(name, report);
    expect(report.codes.size).toBeGreaterThan(3);
    expect(report.accepted).toBeLessThan(MILLION);
  });

  it('are no header of the log unless their check fits', () => {
    const sample = frame();
    let found = 0;
    const parse = (bytes: Uint8Array) => {
      if (bytes.length < 64) return;
      if (readHeader(bytes) !== undefined) found++;
    };
    const report = fuzz({ parse, samples: [sample] }, { seed: 2, runs: MILLION });
    tellFuzz('headers of the log', report);
    expect(report.accepted).toBe(MILLION);
    // What was altered behind the header, and nothing else.
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(MILLION * 0.9);
  });
});

describe('altered inputs', () => {
  it.each([...published, ...own])('leave %s with a code each', (name, target) => {
    const report = fuzz(target, { seed: 3, runs: SOME });
    tellFuzz(name, report);
    expect(report.codes.size).toBeGreaterThan(3);
  });

  it('leave a network file as JSON with a code each', () => {
    const json = schema.NetworkFile.toJson(schema.NetworkFile.decode(real.network));
    const parse = (bytes: Uint8Array) => {
      let read: unknown;
      try {
        read = JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        return;
      }
      schema.NetworkFile.encode(schema.NetworkFile.fromJson(read));
    };
    const words = ['null', '"genesis":', '-1', '1e400', '"\\ud800"', '{}', '[]', '"nodes":[]'];
    const samples = [new TextEncoder().encode(JSON.stringify(json))];
    const report = fuzz({ parse, samples, words }, { seed: 4, runs: SOME });
    tellFuzz('NetworkFile as JSON', report);
    expect(report.codes.get('JSON_INVALID')).toBeGreaterThan(100);
  });
});
