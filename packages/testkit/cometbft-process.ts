import { openCometbftHome } from '@ward/engine';
import { loadCrypto } from '@ward/protocol/crypto';
import { cometbft } from './cometbft-stage.ts';
import { KillingDisk } from './killing-disk.ts';
import { TestLedger } from './test-ledger.ts';

/** How a process of a node on CometBFT is started: these, as JSON, in its one argument. */
export interface CometbftProcessOptions {
  readonly home: string;
  /** Of the genesis. */
  readonly time: number;
  /** Where CometBFT waits for peers that never come. */
  readonly peerAddress: string;
  /** Number of the disk operation in the middle of which it kills itself; 0: none. */
  readonly killAt: number;
}

/** The node that such a process runs, a network of one. */
export async function openProcessHome(options: CometbftProcessOptions) {
  const { home, time, peerAddress, killAt } = options;
  const crypto = await loadCrypto();
  const { genesis, validatorSeed } = new TestLedger(crypto, [['provider']], { time });
  return openCometbftHome({
    ...{ home, genesis, validatorSeed, crypto, peerAddress, workers: 1 },
    ...(killAt === 0 ? {} : { disk: new KillingDisk(killAt) }),
    binary: cometbft!,
    nodeSeed: crypto.sha256(Buffer.from('node')),
    clock: { nowMs: () => Date.now() },
    listen: { folder: `${home}/ingress` },
  });
}

async function run(options: CometbftProcessOptions): Promise<void> {
  const running = await openProcessHome(options);
  process.send!({ path: running.addresses[0]!.path! });
  process.on('disconnect', () => void running.stop());
}

if (import.meta.main) await run(JSON.parse(process.argv[2]!) as CometbftProcessOptions);
