import { setTimeout as wait } from 'node:timers/promises';
import { networkState } from '@ward/ledger/schema';
import { WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { lyingTransport, throwGarbage } from '@ward/testkit/network-garbage';
import {
  type Conduct,
  NetworkStage,
  networkClient,
  STAKE,
  transportTo,
} from '@ward/testkit/network-stage';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const EVIDENCE_MS_MAX = 240_000;
const READS = 40;

describe.skipIf(isWithoutCometbft)('a validator whose key two processes have', () => {
  let stage: NetworkStage | undefined;
  afterEach(() => stage?.close());

  it('signs twice, is jailed and slashed by evidence, and the others go on', async () => {
    const own = new NetworkStage({ seed: 4004, crypto, isGoverned: true, others: [3] });
    stage = own;
    await own.script.run(async () => {
      await own.open();
      const { ledger, nodes, history } = own;
      const guilty = ledger.members[3]!.id;
      const client = networkClient({
        ...{ ledger, nodes: [transportTo(nodes[0]!), transportTo(nodes[1]!)] },
        onLie: (node, code) => history.lies.push({ node, code }),
      });
      const startedMs = performance.now();
      for (;;) {
        const record = await client.read(networkState.validators, guilty);
        if (record?.jail?.kind === 'misbehaviour') break;
        expect(performance.now() - startedMs, 'no evidence came').toBeLessThan(EVIDENCE_MS_MAX);
        await wait(500);
      }
      const recoveriesMs = [await own.untilAdvancing()];
      const stake = await client.read(networkState.stakes, guilty);
      expect(stake!.bonded).toBeLessThan(STAKE.bonded);
      const { active } = (await client.read(networkState.validatorSet))!;
      expect(active).toHaveLength(3);
      expect(active.map(({ organisation }) => organisation)).not.toContainEqual(guilty);
      await own.settle();
      own.report('a key that signs twice, jailed and slashed', { recoveriesMs });
    });
  });
});

describe.skipIf(isWithoutCometbft)('three honest validators', () => {
  const conducts: { readonly [node: number]: Conduct } = { 0: 'proposes-garbage' };
  const stage = new NetworkStage({ seed: 4005, crypto, conducts });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  /** Long enough that each validator had its turn a few times. */
  async function goOn(): Promise<number> {
    const startedMs = performance.now();
    for (let turns = 0; turns < 4; turns++) await stage.untilAdvancing();
    await stage.check();
    return performance.now() - startedMs;
  }

  it.each<[Conduct]>([['proposes-garbage'], ['proposes-forgeries'], ['censors']])(
    'go on beside one that %s, and its clients get what they send to others',
    async (conduct) => {
      await stage.script.run(async () => {
        const [bad] = stage.nodes;
        await bad!.kill('both');
        bad!.changes = { conduct };
        await stage.startAgain(bad!);
        const before = stage.history.acknowledged.size;
        stage.report(`a validator that ${conduct}`, { recoveriesMs: [await goOn()] });
        expect(stage.history.acknowledged.size).toBeGreaterThan(before);
      });
    },
  );

  it('go on while garbage comes to every door', async () => {
    await stage.script.run(async () => {
      expect(await throwGarbage(stage, 25)).toBe(300);
      stage.report('garbage at 300 connections', { recoveriesMs: [await goOn()] });
    });
  });

  it('are believed by clients, and one that lies is noticed', async () => {
    await stage.script.run(async () => {
      const lies = new Set<string>();
      const { ledger, nodes, history } = stage;
      const honest = transportTo(nodes[1]!);
      const client = networkClient({
        ...{ ledger, nodes: [lyingTransport(transportTo(nodes[0]!), stage), honest] },
        onLie: (node) => lies.add(node),
      });
      const keys = [...history.sent].filter(([id]) => history.acknowledged.has(id));
      for (const [, key] of keys.slice(0, READS)) {
        const bytes = Buffer.from(key, 'hex');
        try {
          const state = await client.prove([bytes]);
          expect(state.bytes(bytes)).not.toBeNull();
        } catch (error) {
          if (!(error instanceof WardError)) throw error;
        }
      }
      expect([...lies]).toEqual(['liar before node0']);
    });
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(100);
  });
});
