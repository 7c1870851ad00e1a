import { StateMachine } from '@ward/ledger';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { type EndedChain, endChain } from '@ward/testkit/sample-promotion';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import type { RequestOf } from './abci-messages.ts';
import { createApplication } from './application.ts';
import { authorsOf } from './authors.ts';
import { ContainerPool } from './container-pool.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const info = { version: '0.39.0', abciVersion: '2.0.0' };

let ended: EndedChain;
let base: number;
let storage: VolatileStorage;
beforeAll(() => {
  ended = endChain(new TestChain(new TestLedger(crypto)));
  base = ended.first.last.height;
});
beforeEach(() => {
  storage = new VolatileStorage();
});

/** An application on what the storage holds; `begin` as an engine does at its start. */
function open({ begin }: { readonly begin: boolean }) {
  const { genesis, first } = ended;
  const machine = StateMachine.open({ storage, crypto, genesis });
  if (begin) machine.beginWith(first);
  const pool = new ContainerPool(crypto, authorsOf(machine));
  const application = createApplication({
    ...{ genesis, machine, storage, pool, crypto },
    verifier: new Verifier(new InlineIngress(crypto), crypto),
    onCommitted() {},
    nowMs: () => 0,
  });
  return { machine, application };
}

function beginning(): RequestOf<'initChain'> {
  const { time, chain, validators } = ended.genesis;
  return {
    time: { seconds: BigInt(time), nanos: 0 },
    chain,
    parameters: undefined,
    validators: validators.map(({ publicKey, power }) => ({
      key: { value: { case: 'ed25519', value: publicKey } },
      power: BigInt(power),
    })),
    appState: new Uint8Array(0),
    initialHeight: BigInt(base + 1),
  };
}

function emptyBlock(height: number): RequestOf<'finalizeBlock'> {
  const nothing = new Uint8Array(0);
  return {
    ...{ containers: [], hash: new Uint8Array(32), height: BigInt(height), misbehavior: [] },
    lastCommit: { round: 0, votes: [] },
    time: { seconds: BigInt(ended.genesis.time + 1), nanos: 0 },
    ...{ nextValidatorsHash: nothing, proposer: nothing },
  };
}

describe('the start of a chain that continues another one', () => {
  it('follows the last height of that one, with the root of its state', async () => {
    const { machine, application } = open({ begin: true });
    expect(machine.height).toBe(base);
    const said = await application.info(info);
    expect(said.lastHeight).toBe(0n);
    expect(said).not.toHaveProperty('lastAppHash');
    const { appHash } = machine;
    expect(await application.initChain(beginning())).toEqual({ appHash });
  });

  it('is refused at another height, or where the state is not there', () => {
    const first = open({ begin: true }).application;
    const again = { ...beginning(), initialHeight: 1n };
    expect(codeOf(() => first.initChain(again))).toBe('ENGINE_BROKEN');
    storage = new VolatileStorage();
    const without = open({ begin: false }).application;
    expect(codeOf(() => without.initChain(beginning()))).toBe('ENGINE_BROKEN');
  });

  it('is over with its first block, also behind a restart', async () => {
    const { machine, application } = open({ begin: true });
    await application.finalizeBlock(emptyBlock(base + 1));
    await application.commit({} as RequestOf<'commit'>);
    const stands = { lastHeight: BigInt(base + 1), lastAppHash: machine.appHash };
    expect(await application.info(info)).toMatchObject(stands);
    const restarted = open({ begin: false });
    expect(restarted.machine.isBegun).toBe(true);
    expect(await restarted.application.info(info)).toMatchObject(stands);
    const again = () => restarted.application.initChain(beginning());
    expect(codeOf(again)).toBe('ENGINE_BROKEN');
  });
});
