import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import {
  ACTOR_BOX_BYTES,
  type Actor,
  Entry,
  entryAddress,
  entryDigest,
  entrySlot,
  openActor,
  sealActor,
  signStaffRequest,
} from './entry.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, chart, keys, header } = opening.chart;
const { entry } = opening;

const codeWith = (changes: object) => codeOf(() => Entry.encode({ ...entry, ...changes } as Entry));

describe('an entry', () => {
  it('comes back as it was, and is refused beyond its bounds', () => {
    expect(Entry.decode(Entry.encode(entry))).toEqual(entry);
    expect(codeWith({ labels: [] })).toBe('FORMAT_RANGE');
    expect(codeWith({ labels: Array(257).fill(random.bytes(32)) })).toBe('FORMAT_RANGE');
    expect(codeWith({ labels: [...entry.labels].reverse() })).toBe('FORMAT_ORDER');
    expect(codeWith({ purpose: 'SNOOPING' })).toBe('FORMAT_WORD');
    expect(codeWith({ reason: 'curiosity' })).toBe('FORMAT_WORD');
    expect(codeWith({ responseKey: random.bytes(32) })).toBe('FORMAT_RANGE');
    expect(codeWith({ actorBox: random.bytes(ACTOR_BOX_BYTES - 1) })).toBe('FORMAT_RANGE');
  });

  it('has another digest for another salt, for any change of it, and in another network', () => {
    const bytes = Entry.encode(entry);
    const salt = random.bytes(32);
    const digests = [
      entryDigest({ salt, entry: bytes }, realm),
      entryDigest({ salt: random.bytes(32), entry: bytes }, realm),
      entryDigest({ salt, entry: Entry.encode({ ...entry, reason: 'legal' }) }, realm),
      entryDigest({ salt, entry: bytes }, { network: random.bytes(32), crypto }),
    ];
    expect(new Set(digests.map(toHex)).size).toBe(digests.length);
  });
});

describe('the place of an entry', () => {
  it('differs by secret, number, grantee and network', () => {
    const [grantee, openSecret] = [random.bytes(16), random.bytes(32)];
    const slots = [
      entrySlot({ grantee, openSecret, n: 0 }, realm),
      entrySlot({ grantee, openSecret, n: 1 }, realm),
      entrySlot({ grantee, openSecret: random.bytes(32), n: 0 }, realm),
      entrySlot({ grantee: random.bytes(16), openSecret, n: 0 }, realm),
      entrySlot({ grantee, openSecret, n: 0 }, { network: random.bytes(32), crypto }),
    ];
    expect(new Set(slots.map(toHex)).size).toBe(slots.length);
    expect(entryAddress({ openSecret, n: 0 }, crypto)).not.toEqual(slots[0]);
  });
});

describe('the box of an actor', () => {
  const { leaf, labels, purpose, reason } = entry;
  const mailboxKey = crypto.kem.sealingKey(header.mailboxKey);
  const request = { chart, leaf, labels, purpose, reason, time: 1_800_000_000 };
  const sign = (name: string, role: string): Actor => {
    const staff = { name, role };
    return signStaffRequest(request, { staff, keyPair: opening.staffKey }, random, realm);
  };

  it('has one size for every name and role, the longest ones too', async () => {
    for (const [name, role] of [
      ['', ''],
      ['Synthetic Clinician', 'physician'],
      ['n'.repeat(128), 'r'.repeat(64)],
    ] as const) {
      const actor = sign(name, role);
      const box = await sealActor(actor, { chart, leaf, mailboxKey }, realm);
      expect(box).toHaveLength(ACTOR_BOX_BYTES);
    }
  });

  it('opens for the owner of the chart only, and only for this grant', async () => {
    expect(await openActor(entry, [keys.mailbox], realm)).toBeDefined();
    expect(await openActor(entry, [], realm)).toBeUndefined();
    const stranger = crypto.kem.openingKey(random.bytes(32));
    expect(await openActor(entry, [stranger], realm)).toBeUndefined();
    for (const change of [{ leaf: random.bytes(32) }, { chart: random.bytes(32) }]) {
      expect(await openActor({ ...entry, ...change }, [keys.mailbox], realm)).toBeUndefined();
    }
  });
});
