import {
  AddKey,
  CarrySlot,
  EndKey,
  encodeMessage,
  NameSuccessor,
  signCarriedSlot,
  UpdateOrganisation,
  WriteSlots,
} from '@ward/ledger/schema';
import { type MessageEnvelope, toHex, validatorAddress } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  endChain,
  goOn,
  newcomer,
  PROMOTED_CHAIN,
  samplePlan,
} from '@ward/testkit/sample-promotion';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { accountKey } from './contracts/identity/state.ts';
import {
  agendaKey,
  consensusKey,
  directoryKey,
  networkState,
  organisationKey,
  promotionKey,
  releaseKey,
  rulesKey,
  validatorSetKey,
} from './contracts/network/state.ts';
import { REPLAY_PLACES, replayKey } from './machine/ledger-state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider'], ['pharmacy', 'provider'], ['payer']]);

function bytesOf(random: SeededRandom, among: number): Uint8Array {
  return new Uint8Array(32).fill(random.below(among));
}

interface Planned {
  readonly member: TestMember;
  readonly isOfficer: boolean;
  readonly message: MessageEnvelope;
}

/** Something that an organisation may try whoever governs. */
function plan(random: SeededRandom): Planned {
  const member = random.pick(ledger.members);
  const { id } = member;
  const account = random.below(8) === 0 ? random.pick(ledger.members).id : id;
  const known = random.pick([member.service, member.officer]).publicKey;
  const publicKey = random.pick([bytesOf(random, 12), known]);
  const slots = [{ address: bytesOf(random, 200), value: bytesOf(random, 9) }];
  const keyPair = crypto.ed25519.keyPair(bytesOf(random, 100));
  const profile = {
    name: `Synthetic organisation ${random.below(100)}`,
    endpoints: { node: null, vault: null, custodian: null, inbox: null },
    sealingKey: new Uint8Array(1216),
    custodian: random.pick([null, { sealingKey: new Uint8Array(1216), publicKey }]),
  };
  const successor = random.pick([null, random.pick(ledger.members).id]);
  const key = { kind: 'service' as const, publicKey, passkey: null };
  const carried = signCarriedSlot({ value: bytesOf(random, 9), keyPair }, ledger.realm);
  const makers: [boolean, () => MessageEnvelope][] = [
    [false, () => encodeMessage(WriteSlots, { slots })],
    [false, () => encodeMessage(WriteSlots, { slots })],
    [false, () => encodeMessage(CarrySlot, carried)],
    [true, () => encodeMessage(AddKey, { account, key })],
    [true, () => encodeMessage(EndKey, { account, publicKey, until: null })],
    [true, () => encodeMessage(UpdateOrganisation, { organisation: account, ...profile })],
    [true, () => encodeMessage(NameSuccessor, { organisation: account, successor })],
  ];
  const [isOfficer, make] = random.pick(makers);
  return { member, isOfficer, message: make() };
}

/** Plays blocks on a chain; the same seed plays the same, but for the chain that is signed for. */
function play(chain: TestChain, random: SeededRandom, blocks: number): string[] {
  const verdicts: string[] = [];
  for (let block = 0; block < blocks; block++) {
    chain.time += random.below(20);
    const transactions = Array.from({ length: random.below(5) }, () => {
      const { member, isOfficer, message } = plan(random);
      const keyPair = isOfficer ? member.officer : member.service;
      const signers = [{ account: member.id, keyPair }];
      return chain.ledger.transaction([message], signers, chain.time + 60);
    });
    verdicts.push(...chain.verdicts(...transactions));
  }
  return verdicts;
}

/** Keys that a promotion writes, or that depend on what a transaction was signed for. */
function ownKeys(): Set<string> {
  const { governance } = samplePlan(ledger);
  const comers = [0, 1, 2].map((index) => newcomer(ledger, index).id);
  const keys = [
    ...[promotionKey, directoryKey, rulesKey, consensusKey, agendaKey, releaseKey],
    ...[validatorSetKey, networkState.supply.key(), networkState.absences.key()],
    ...comers.flatMap((id) => [accountKey(id), organisationKey(id)]),
    ...governance.validators.flatMap(({ organisation, publicKey }) => [
      networkState.validators.key(organisation),
      networkState.validatorKeys.key(validatorAddress(publicKey, crypto)),
    ]),
    ...Array.from({ length: REPLAY_PLACES }, (_, minute) => replayKey(minute)),
  ];
  return new Set(keys.map(toHex));
}

function entriesOf({ machine }: TestChain, without: Set<string>): Map<string, string> {
  const entries = [...machine.entries()].map((e) => [toHex(e.key), toHex(e.value)] as const);
  return new Map(entries.filter(([key]) => !without.has(key)));
}

describe('a ledger that was promoted', () => {
  it('goes on as one that was not: every other key has the value that it would have', () => {
    const without = ownKeys();
    const seen = new Set<string>();
    let applied = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const plain = new TestChain(ledger);
      const old = new TestChain(ledger);
      const before = play(plain, seededRandom(seed), 20);
      expect(play(old, seededRandom(seed), 20)).toEqual(before);
      const chain = goOn(endChain(old));
      expect(chain.machine.chain).toBe(PROMOTED_CHAIN);
      plain.block();
      plain.time = chain.time;
      const after = play(plain, seededRandom(100 + seed), 20);
      expect(play(chain, seededRandom(100 + seed), 20)).toEqual(after);
      for (const verdict of after) seen.add(verdict);
      applied += after.filter((verdict) => verdict === 'applied').length;
      if (seed % 3 === 0) chain.restart();
      const written = entriesOf(chain, without);
      expect(written).toEqual(entriesOf(plain, without));
    }
    // Else the histories would not say much.
    expect(seen.size).toBeGreaterThan(7);
    expect(applied).toBeGreaterThan(60);
  }, 60_000);
});
