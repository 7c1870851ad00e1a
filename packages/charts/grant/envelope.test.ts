import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import { type GrantEnvelope, type InboxLetter, openLetter, sealLetter } from './envelope.ts';
import { Grant } from './grant.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, authority, epoch, header } = opening.chart;
const organisation = opening.grantee;
const key = crypto.kem.openingKey(random.bytes(32));
const to = { organisation, key: key.sealingKey };

const envelope: GrantEnvelope = {
  kind: 'general',
  ...authority,
  vaults: header.vaults,
  grant: Grant.encode(opening.grant),
  salt: opening.grantSalt,
  seeds: [{ epoch: epoch.number, seed: epoch.seed }],
  writeSecret: null,
};
const letter: InboxLetter['letter'] = { kind: 'grant', envelope };

describe('a letter to an organisation', () => {
  it('is opened by it as it was sent', async () => {
    const sealed = await sealLetter(letter, to, realm);
    expect(await openLetter(sealed, { organisation, key }, realm)).toEqual(letter);
  });

  it('may be a card', async () => {
    const card: InboxLetter['letter'] = {
      kind: 'card',
      card: {
        network: realm.network,
        kind: 'medications',
        ...authority,
        writeSecret: random.bytes(32),
        recipient: organisation,
        vaults: header.vaults,
      },
    };
    const sealed = await sealLetter(card, to, realm);
    expect(await openLetter(sealed, { organisation, key }, realm)).toEqual(card);
  });

  it('opens for nobody else: another key, organisation or network, or altered', async () => {
    const sealed = await sealLetter(letter, to, realm);
    const altered = sealed.slice();
    altered[altered.length - 1]! ^= 1;
    const other = crypto.kem.openingKey(random.bytes(32));
    const tries = [
      () => openLetter(sealed, { organisation, key: other }, realm),
      () => openLetter(sealed, { organisation: random.bytes(16), key }, realm),
      () => openLetter(sealed, { organisation, key }, { network: random.bytes(32), crypto }),
      () => openLetter(altered, { organisation, key }, realm),
      () => openLetter(sealed.slice(0, 100), { organisation, key }, realm),
    ];
    for (const open of tries) expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
  });

  it('is refused with an epoch twice or out of order: no seed hides behind another', async () => {
    const seeds = [1, 1].map((number) => ({ epoch: number, seed: random.bytes(32) }));
    const doubled = { kind: 'grant', envelope: { ...envelope, seeds } } as const;
    expect(await codeOfAsync(async () => sealLetter(doubled, to, realm))).toBe('FORMAT_ORDER');
  });

  it('fits an inbox even with all units and epochs that a grant can have', async () => {
    const count = CHART_LIMITS.grantUnitsMax;
    const units = Array.from({ length: count }, (_, i) => new Uint8Array(32).fill(i));
    const seeds = Array.from({ length: CHART_LIMITS.grantEpochsMax }, (_, i) => ({
      epoch: CHART_LIMITS.epochsMax - CHART_LIMITS.grantEpochsMax + i,
      seed: random.bytes(32),
    }));
    const vaults = Array.from({ length: CHART_LIMITS.vaultsMax }, () => random.bytes(16));
    const writePart = random.bytes(32);
    const grant = Grant.encode({
      ...opening.grant,
      purposes: [
        'CAREMGT',
        'CLINTRCH',
        'ETREAT',
        'FAMRQT',
        'HOPERAT',
        'HPAYMT',
        'HRESCH',
        'PATRQT',
      ],
      actions: ['read', 'write'],
      units,
      until: Number.MAX_SAFE_INTEGER,
      writePart,
    });
    const largest = { ...envelope, vaults, grant, seeds, writeSecret: random.bytes(32) };
    const sealed = await sealLetter({ kind: 'grant', envelope: largest }, to, realm);
    expect(sealed.length).toBeLessThanOrEqual(CHART_LIMITS.inboxBytesMax);
    expect(codeOf(() => Grant.decode(grant))).toBeUndefined();
  });
});
