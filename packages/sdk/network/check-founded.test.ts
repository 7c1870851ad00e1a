import type { PromotionAnswer } from '@ward/ledger/schema';
import { compareBytes, type Ed25519KeyPair } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { PromotedLedger } from '@ward/testkit/promoted-ledger';
import { codeOf } from '@ward/testkit/refusals';
import { sampleFounder, sampleFounderKeys } from '@ward/testkit/sample-founder';
import { afterAll, describe, expect, it } from 'vitest';
import { checkFounded } from './check-founded.ts';
import { memberOf } from './found-network.ts';
import { founderOf } from './founder-file.ts';

const crypto = await loadCrypto();
const START_MS = 1_800_000_000_000;
const clock = { ms: START_MS, nowMs: () => clock.ms };
const promoted = await PromotedLedger.start(clock, crypto);
afterAll(() => promoted.node.engine.stop());
const { networkFile: before } = promoted.node;
const now = Math.floor(START_MS / 1000);
const place = { network: before.network, predecessor: before.genesis.chain, now };
const file = sampleFounder(1, place, crypto);
const plan = promoted.plan();
const own = memberOf(founderOf(file.statement), now);
const { validatorKey, application } = file.statement;
const validators = [
  ...plan.governance!.validators,
  { organisation: application.account, publicKey: validatorKey },
].sort((a, b) => compareBytes(a.organisation, b.organisation));
const answer: PromotionAnswer = await promoted.promote({
  plan: {
    members: [...plan.members, own].sort((a, b) => compareBytes(a.id, b.id)),
    governance: { ...plan.governance!, validators },
  },
});

const check = (change: Partial<Parameters<typeof checkFounded>[0]> = {}) =>
  codeOf(() => checkFounded({ file, before, answer, ...change }, crypto));
const otherKeys = (name: string, keyPair: Ed25519KeyPair) =>
  sampleFounder(1, place, crypto, { keys: { ...sampleFounderKeys(1, crypto), [name]: keyPair } });

describe('what a founder is given behind the promotion', () => {
  it('is believed where the ledger that it knew says so, and begins with it', () => {
    expect(check()).toBeUndefined();
  });

  it('is refused where the network begins without it, or with other keys than its own', () => {
    const other = sampleFounderKeys(2, crypto);
    expect(check({ file: sampleFounder(2, place, crypto) })).toBe('FOUNDER_MISSING');
    for (const name of ['service', 'officer', 'node', 'validator'] as const) {
      expect(check({ file: otherKeys(name, other[name]) })).toBe('FOUNDER_MISSING');
    }
    const endpoints = { ...application.endpoints, node: 'http://10.0.0.9:1' };
    const statement = { ...file.statement, application: { ...application, endpoints } };
    expect(check({ file: { ...file, statement } })).toBe('FOUNDER_MISSING');
  });

  it('is refused where another plan, block or ledger is shown', () => {
    const { genesis, last } = answer;
    const time = genesis.time + 1;
    expect(check({ answer: { ...answer, genesis: { ...genesis, time } } })).toBe(
      'PROMOTION_INVALID',
    );
    const header = { ...last.header, appHash: new Uint8Array(32) };
    expect(check({ answer: { ...answer, last: { ...last, header } } })).toBe('HEADER_MISMATCH');
    const network = new Uint8Array(32);
    expect(check({ before: { ...before, network } })).toBe('PROMOTION_INVALID');
    const [first] = before.genesis.validators;
    const stranger = { ...first!, publicKey: sampleFounderKeys(3, crypto).node.publicKey };
    const foreign = { ...before.genesis, validators: [stranger] };
    expect(check({ before: { ...before, genesis: foreign } })).toBe('HEADER_MISMATCH');
  });
});
