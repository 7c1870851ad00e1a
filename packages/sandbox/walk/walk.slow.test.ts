import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNetwork } from '../network/index.ts';
import { runSandbox, type SandboxOptions } from '../run-sandbox.ts';
import { runWalk, WALK_STEPS } from './run-walk.ts';
import { loadWalkPatients } from './walk-patient.ts';
import { redirectedTransport, WalkState } from './walk-state.ts';

const WALK_MS_MAX = 240_000;
/** Nine more processes, and waits that no clock shortens. */
const NETWORK_WALK_MS_MAX = 720_000;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ward-walk-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function walk(
  options: Partial<SandboxOptions>,
  { keeps = true } = {},
): Promise<{ status: number; text: string }> {
  let text = '';
  const stage = {
    write: (piece: string) => (text += piece),
    columns: 100,
    isTerminal: false,
    hasColour: false,
  };
  const defaults = { once: true, json: true, nodes: 1, patients: 1, seed: 3, bundles: [] };
  const kept = keeps ? { home: join(home, 'sandbox') } : {};
  const status = await runSandbox({ ...defaults, ...kept, stage, ...options });
  return { status, text };
}

/** Two patients in one file, of types that few systems write, and entries without a patient. */
function oddBundle(): Uint8Array {
  const urn = (n: number) => `urn:uuid:5a3d7a7c-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const about = (n: number) => ({ reference: urn(n) });
  const resources = [
    { resourceType: 'Patient', name: [{ family: 'Ødegård-Synthetic' }], birthDate: '1931-02-03' },
    { resourceType: 'Patient', name: [{ family: 'Synthetic-Two' }] },
    { resourceType: 'VisionPrescription', status: 'active', patient: about(0) },
    { resourceType: 'MolecularSequence', coordinateSystem: 0, patient: about(1) },
    { resourceType: 'Substance', code: { text: 'synthetic resin of nobody' } },
    { resourceType: 'Binary', contentType: 'text/plain', data: 'U3ludGhldGlj' },
    { resourceType: 'Encounter', status: 'finished', subject: about(1), period: {} },
    // Words that the network has of itself: no trace of a patient.
    { resourceType: 'Basic', code: { text: 'Laboratory' }, id: 'pharmacy', subject: about(0) },
    { resourceType: 'Basic', code: { text: 'http://127.0.0.1' }, id: 'slots', subject: about(0) },
  ];
  const entry = resources.map((resource, i) => ({ fullUrl: urn(i), resource }));
  return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }));
}

describe('the walk over a network of processes', () => {
  it('holds in every step, and prints one JSON document', { timeout: WALK_MS_MAX }, async () => {
    const { status, text } = await walk({});
    const steps: { step: number; held: boolean; proof: string; durationMs: number }[] =
      JSON.parse(text);
    expect(steps.map(({ step, held }) => ({ step, held }))).toEqual(
      WALK_STEPS.map(({ number }) => ({ step: number, held: true })),
    );
    for (const step of steps) {
      expect(Object.keys(step)).toEqual(['step', 'held', 'proof', 'durationMs']);
      expect(step.proof.length).toBeGreaterThan(20);
      expect(step.durationMs).toBeGreaterThanOrEqual(0);
    }
    expect(status).toBe(0);
    const owners = readdirSync(join(home, 'sandbox'));
    expect(owners).toEqual(expect.arrayContaining(['hospital-a', 'payer', 'patients']));
  });

  it.skipIf(isWithoutCometbft)(
    'holds where four organisations run the ledger together',
    { timeout: NETWORK_WALK_MS_MAX },
    async () => {
      const { status, text } = await walk({ nodes: 4, json: false }, { keeps: false });
      expect(text).toContain('4 of them validators of one ledger');
      expect(text).toContain('All 18 steps held');
      expect(status).toBe(0);
    },
  );

  it('holds with records that few systems write', { timeout: WALK_MS_MAX }, async () => {
    const bundles = [{ name: 'odd.json', bytes: oddBundle() }];
    const { status, text } = await walk({ bundles, json: false });
    expect(text).toContain('All 12 steps held');
    expect(text).not.toContain('Ødegård');
    expect(status).toBe(0);
  });

  it('ends at the step that does not hold', { timeout: WALK_MS_MAX }, async () => {
    const crypto = await loadCrypto();
    const options = { patients: 1, seed: 3, bundles: [] };
    const patients = loadWalkPatients(options, '2026-01-02', crypto);
    const network = await startNetwork({ home: join(home, 'sandbox') });
    try {
      const redirects = new Map<string, string>();
      const transport = redirectedTransport(redirects);
      const hospitalA = await network.openOrganisation('hospital-a', { transport });
      const hospitalB = await network.openOrganisation('hospital-b', { transport });
      const state = new WalkState({ network, patients, hospitalA, hospitalB, redirects });
      const killed = ['laboratory', 'pharmacy', 'payer'] as const;
      const results = await runWalk(state, {
        begin() {},
        progress() {},
        async end({ step }) {
          if (step !== 5) return;
          await Promise.all(killed.map((name) => network.server(name, 'custodian').kill()));
        },
      });
      state.close();
      expect(results.map(({ held }) => held)).toEqual([true, true, true, true, true, false]);
      expect(results.at(-1)!.proof).toContain('SHARES_TOO_FEW');
    } finally {
      await network.close();
    }
  });
});
