import type { Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OrganisationWard, PersonWard } from '../create-ward.ts';

const DAY_SECONDS = 86_400;
const VAULT = 'memory://vault';
let network: ClientNetwork;
let patient: PersonWard;
let hospital: OrganisationWard;
let leaf: Uint8Array;
let asked = 0;

beforeAll(async () => {
  network = await ClientNetwork.start(await loadCrypto());
  patient = await network.person();
  hospital = await network.organisation('hospital-b');
  const { vaults, custodians } = network;
  await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
  const vault = network.organisations.get('hospital-a')!.vault!.transport;
  const send: Transport['send'] = (request, options) => {
    asked++;
    return vault.send(request, options);
  };
  network.overrides.set(VAULT, { name: VAULT, send });
});
afterAll(() => network.close());

/** A grant whose chart the hospital has looked at. */
beforeEach(async () => {
  const until = patient.connection.now() + DAY_SECONDS;
  const grantee = network.id('hospital-b');
  const wanted = { chart: 'general', grantee, purposes: ['TREAT'], until } as const;
  leaf = (await patient.consent.grant(wanted)).leaf;
  await hospital.access.collect();
  await hospital.access.view(leaf);
  asked = 0;
});

describe('the view of a granted chart', () => {
  it('is asked of nobody again while the ledger proves that it is the newest', async () => {
    const { current, height } = await hospital.access.view(leaf);
    expect(asked).toBe(0);
    await network.pass(5);
    const later = await hospital.access.view(leaf);
    expect(asked).toBe(0);
    expect(later.current.digest).toEqual(current.digest);
    expect(later.height).toBeGreaterThanOrEqual(height);
  });

  it('is a new one as soon as there is a new header', async () => {
    const before = await hospital.access.view(leaf);
    await patient.charts.rotate('general');
    asked = 0;
    const after = await hospital.access.view(leaf);
    expect(after.current.header.version).toBeGreaterThan(before.current.header.version);
    expect(asked).toBeGreaterThan(0);
  });

  it('ends with the grant', async () => {
    await patient.consent.revoke('general', leaf);
    expect(await codeOfAsync(() => hospital.access.view(leaf))).toBe('GRANT_REVOKED');
  });

  it('is not believed on the word of a node that is behind', async () => {
    network.clock.nowMillis += 61_000;
    expect(await codeOfAsync(() => hospital.access.view(leaf))).toBe('LEDGER_STALE');
    await network.pass(0);
  });
});
