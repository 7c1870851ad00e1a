import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import {
  encodeTransactionResult,
  type LightBlock,
  merkleLeaf,
  merkleRoot,
  sortValidators,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describeEngine, type EngineUnderTest } from '@ward/testkit/engine-suite';
import { signLightBlock, type TestValidator } from '@ward/testkit/light-blocks';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, describe, expect, it } from 'vitest';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { EngineQueries } from '../queries/engine-queries.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import { AbciFrameReader, encodeAbciFrame } from './abci-frames.ts';
import { AbciAnswer, type AbciCall, AbciRequest, abci, type RequestOf } from './abci-messages.ts';
import { CometbftEngine } from './cometbft-engine.ts';
import { BlockContainers, ContainerArchive } from './container-archive.ts';
import { ContainerPool } from './container-pool.ts';
import { EngineProcess } from './engine-process.ts';
import { EngineRpc } from './engine-rpc.ts';
import { LightBlockStore } from './light-block-store.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed } = ledger;
const BLOCK_MS = 10;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What CometBFT keeps on its disk: blocks, signed, and the results of the last one. */
interface Kept {
  readonly blocks: { readonly light: LightBlock; readonly containers: readonly Uint8Array[] }[];
  appHash: Uint8Array;
  resultsHash: Uint8Array;
}

type Finalized = NonNullable<
  Extract<AbciAnswer['value'], { readonly case: 'finalizeBlock' }>['value']
>;

/** A connection on which one call is made after the other. */
class Caller {
  readonly #socket: Socket;
  readonly #reader = new AbciFrameReader();

  constructor(path: string) {
    this.#socket = connect(path);
  }

  async call<C extends AbciCall>(name: C, value: unknown) {
    const request = { value: { case: name, value } as AbciRequest['value'] };
    this.#socket.write(encodeAbciFrame(abci.encode(AbciRequest, request)));
    for (;;) {
      const [chunk] = (await once(this.#socket, 'data')) as [Uint8Array];
      const [message] = this.#reader.push(chunk);
      if (message === undefined) continue;
      const { value: answer } = abci.decode(AbciAnswer, message);
      if (answer.case !== name) throw new Error(`${name} is answered with ${answer.case}`);
      return answer.value as Extract<AbciAnswer['value'], { case: C }>['value'];
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * A network of one validator in the place of CometBFT: it makes the calls that CometBFT makes, in
 * its order, signs real headers, and keeps blocks like it.
 */
class SimulatedCometbft extends EngineProcess {
  readonly #path: string;
  readonly #kept: Kept;
  readonly #validators: readonly TestValidator[];
  /** Crashes, once, behind FinalizeBlock of this height. */
  readonly #crashAt: number;
  #isStopping = false;
  #running: Promise<void> | undefined;

  constructor(path: string, kept: Kept, crashAt = 0) {
    super({ binary: '', home: '', rpcPath: '' });
    this.#path = path;
    this.#kept = kept;
    this.#crashAt = crashAt;
    const keyPair = crypto.ed25519.keyPair(validatorSeed);
    const own = genesis.validators.map((one) => ({ ...one, keyPair }));
    this.#validators = sortValidators(own, crypto) as TestValidator[];
  }

  override start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    let isCrashDue = this.#crashAt > 0;
    while (!this.#isStopping) {
      const caller = new Caller(this.#path);
      await this.#handshake(caller);
      while (!this.#isStopping) {
        await new Promise((resolve) => setTimeout(resolve, BLOCK_MS));
        const block = await this.#propose(caller);
        const finalized = await this.#finalize(caller, block);
        if (isCrashDue && this.#kept.blocks.length >= this.#crashAt) break;
        await caller.call('commit', {});
        this.#keep(finalized);
      }
      isCrashDue = false;
      caller.close();
    }
  }

  /** Begins the chain, or sends the blocks that the application does not have. */
  async #handshake(caller: Caller): Promise<void> {
    const info = await caller.call('info', { version: '0.39.0', abciVersion: '2.0.0' });
    const height = Number(info!.lastHeight);
    if (height === 0) {
      const validators = genesis.validators.map(({ publicKey, power }) => ({
        key: { value: { case: 'ed25519', value: publicKey } },
        power: BigInt(power),
      }));
      const time = { seconds: BigInt(genesis.time), nanos: 0 };
      const begun = { chain: genesis.chain, initialHeight: 1n, validators, time };
      const { appHash } = (await caller.call('initChain', begun))!;
      if (this.#kept.blocks.length === 0) this.#kept.appHash = Uint8Array.from(appHash);
    }
    for (const block of this.#kept.blocks.slice(height)) {
      const finalized = await this.#finalize(caller, block);
      await caller.call('commit', {});
      this.#keep(finalized);
    }
  }

  async #propose(caller: Caller): Promise<Kept['blocks'][number]> {
    const height = this.#kept.blocks.length + 1;
    const ms = height * BLOCK_MS;
    const time = { seconds: TEST_TIME + Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
    const { containers } = (await caller.call('prepareProposal', {
      maxBytes: 1_000_000n,
      height: BigInt(height),
      time: { seconds: BigInt(time.seconds), nanos: time.nanos },
    }))!;
    const leaves = containers.map((bytes) => crypto.sha256(bytes));
    const last = this.#kept.blocks.at(-1)?.light.commit.block;
    const { appHash, resultsHash: lastResultsHash } = this.#kept;
    const header = {
      ...{ appHash, lastResultsHash, dataHash: merkleRoot(leaves, crypto) },
      ...(last === undefined ? {} : { lastBlock: last }),
    };
    const validators = this.#validators;
    const wanted = { chain: genesis.chain, height, time, validators, header };
    const block = { light: signLightBlock(wanted, crypto), containers };
    const vote = await caller.call('processProposal', blockRequest(block));
    if (vote!.status !== 1) throw new Error('an own block is voted against');
    // As CometBFT does: the block is kept before it is executed.
    this.#kept.blocks.push(block);
    return block;
  }

  async #finalize(caller: Caller, block: Kept['blocks'][number]): Promise<Finalized> {
    return (await caller.call('finalizeBlock', blockRequest(block)))!;
  }

  #keep({ appHash, results }: Finalized): void {
    this.#kept.appHash = Uint8Array.from(appHash);
    const encoded = results.map(({ code, data }) => encodeTransactionResult({ code, data }));
    this.#kept.resultsHash = merkleRoot(encoded, crypto);
  }

  override async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }
}

function blockRequest({ light, containers }: Kept['blocks'][number]): RequestOf<'finalizeBlock'> {
  const { header, commit } = light;
  return {
    ...{ containers, hash: commit.block.hash, height: BigInt(header.height) },
    time: { seconds: BigInt(header.time.seconds), nanos: header.time.nanos },
    ...{ lastCommit: undefined, misbehavior: [] },
    ...{ nextValidatorsHash: header.nextValidatorsHash, proposer: header.proposer },
  };
}

class SimulatedRpc extends EngineRpc {
  readonly #kept: Kept;

  constructor(kept: Kept) {
    super('', crypto);
    this.#kept = kept;
  }

  override async lightBlock(height: number): Promise<LightBlock | undefined> {
    return this.#kept.blocks[height - 1]?.light;
  }
}

interface Options {
  readonly folder: string;
  readonly storage: VolatileStorage;
  readonly kept: Kept;
  readonly crashAt?: number;
  readonly rpc?: EngineRpc;
}

function freshOptions(): Options {
  const folder = mkdtempSync(join(tmpdir(), 'ward-simulated-'));
  folders.push(folder);
  const nothing = crypto.sha256(new Uint8Array(0));
  const kept: Kept = { blocks: [], appHash: nothing, resultsHash: nothing };
  return { folder, storage: new VolatileStorage(), kept };
}

function build({ folder, storage, kept, crashAt, rpc = new SimulatedRpc(kept) }: Options) {
  const applicationPath = join(folder, 'abci');
  const machine = StateMachine.open({ storage, crypto, genesis });
  const store = new LightBlockStore(folder, crypto);
  const ingress = new InlineIngress(crypto);
  const clock = { nowMs: () => TEST_TIME * 1000 + kept.blocks.length * BLOCK_MS };
  const engine = new CometbftEngine({
    ...{ genesis, applicationPath, machine, storage, store, ingress, rpc, clock, crypto },
    idleBlockMs: 0,
    pool: new ContainerPool(crypto),
    verifier: new Verifier(ingress, crypto),
    process: new SimulatedCometbft(applicationPath, kept, crashAt),
  });
  const archive = new ContainerArchive(machine, store, crypto);
  const organisation = ledger.provider.id;
  const parts = { engine, machine, archive, genesis, organisation, crypto };
  const queries = new EngineQueries({ ...parts, software: 'ward/test' });
  return { engine, queries, machine };
}

async function start(options: Options = freshOptions()): Promise<EngineUnderTest> {
  const { engine, queries } = build(options);
  await engine.start();
  return {
    ...{ engine, queries },
    now: () => engine.newest!.header.time.seconds,
    idle: () =>
      new Promise((resolve) => {
        const end = engine.onBlock(() => {
          end();
          resolve();
        });
      }),
    async restart() {
      await engine.stop();
      return start(options);
    },
    async stop() {
      await engine.stop();
      queries.close();
    },
  };
}

describeEngine('the CometBFT engine under a simulated CometBFT', ledger, () => start());

let made = 0;
function write(now: number) {
  const address = crypto.sha256(Buffer.from(`simulated ${made++}`));
  const slots = [{ address, value: address }];
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, now).envelope;
}

describe('the CometBFT engine', () => {
  it('goes on with a CometBFT that crashed between execution and commit', async () => {
    const options = { ...freshOptions(), crashAt: 4 };
    const { queries, now, idle, stop } = await start(options);
    for (let i = 0; i < 4; i++) {
      expect((await queries.submit(write(now()))).result.code).toBe(0);
      await idle();
    }
    const heights = options.kept.blocks.map(({ light }) => light.header.height);
    expect(heights).toEqual(heights.map((_, i) => i + 1));
    await stop();
  });

  it('shows no header but that of the block that was executed', async () => {
    const options = freshOptions();
    const other = freshOptions();
    const good = await start(other);
    await good.queries.submit(write(good.now()));
    await good.stop();
    // Headers of another chain of the same validator.
    const altered = other.kept.blocks.map(({ light, containers }) => ({
      light: {
        ...light,
        commit: {
          ...light.commit,
          block: { ...light.commit.block, hash: merkleLeaf(light.commit.block.hash, crypto) },
        },
      },
      containers,
    }));
    const rpc = new SimulatedRpc({ ...other.kept, blocks: altered });
    const { engine } = build({ ...options, rpc });
    expect(await codeOfAsync(() => engine.start())).toBe('ENGINE_STOPPED');
    expect(await engine.halted).toMatchObject({ code: 'ENGINE_BROKEN' });
  });

  it('refuses what waits when it is stopped before there is a block for it', async () => {
    const { engine, now, stop } = await start();
    const envelopes = Array.from({ length: 5 }, () => write(now()));
    const sent = envelopes.map((envelope) => engine.submit(envelope));
    const settled = Promise.allSettled(sent);
    await stop();
    for (const one of await settled) {
      if (one.status === 'rejected') expect(one.reason.code).toBe('ENGINE_STOPPED');
      else expect(one.value.result.code).toBe(0);
    }
    expect(await codeOfAsync(() => engine.submit(write(TEST_TIME)))).toBe('ENGINE_STOPPED');
  });
});

describe('a node that begins with a snapshot', () => {
  /** What a chain of some blocks leaves, and options of a node that has but its snapshot. */
  async function joined(alter: (hash: Uint8Array) => Uint8Array): Promise<Options> {
    const options = freshOptions();
    const { engine } = build(options);
    await engine.start();
    await engine.stop();
    const { kept, storage } = options;
    const elder = StateMachine.open({ storage, crypto, genesis });
    const { light } = kept.blocks[elder.height - 1]!;
    const maker = elder.snapshots.make();
    const chunks: Uint8Array[] = [];
    for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
    const fresh = { ...freshOptions(), kept };
    const machine = StateMachine.open({ storage: fresh.storage, crypto, genesis });
    const counts = { block: alter(light.commit.block.hash), counts: [] };
    const lightBlock = BlockContainers.encode(counts);
    const intake = machine.snapshots.take({ snapshot: maker.snapshot, lightBlock });
    for (const chunk of chunks) intake.take(chunk);
    return fresh;
  }

  it('goes on behind it, where the next header names its block', async () => {
    const options = await joined((hash) => hash);
    const { engine, queries, machine } = build(options);
    const { height } = machine;
    await engine.start();
    expect(engine.newest!.header.height).toBeGreaterThan(height);
    expect(machine.oldestBlock).toBe(height + 1);
    await engine.stop();
    queries.close();
  });

  it('stops before it shows anything, where the next header names another one', async () => {
    const options = await joined((hash) => crypto.sha256(hash));
    const { engine, queries } = build(options);
    const shown: unknown[] = [];
    engine.onBlock((block) => shown.push(block));
    expect(await codeOfAsync(() => engine.start())).toBe('ENGINE_STOPPED');
    expect(await engine.halted).toMatchObject({ code: 'SNAPSHOT_FOREIGN' });
    expect(shown).toEqual([]);
    queries.close();
  });
});
