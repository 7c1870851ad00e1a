import { type CometbftHome, nodeId, openCometbftHome } from '@ward/engine';
import { cometbft } from '@ward/testkit/cometbft-stage';
import { LoadLedger } from '../load/load-ledger.ts';
import type { FromNode, NodeOrders, NodeUsage, ToNode } from './node-messages.ts';
import { folderBytes, processUsage } from './process-usage.ts';

const LOOK_MS = 50;
const HASTY = {
  CMT_CONSENSUS_TIMEOUT_COMMIT: '0s',
  CMT_CONSENSUS_PEER_GOSSIP_SLEEP_DURATION: '5ms',
  CMT_P2P_FLUSH_THROTTLE_TIMEOUT: '1ms',
};

let running: CometbftHome | undefined;
let folder = '';
let staleMs = 0;

function tell(message: FromNode): void {
  process.send!(message);
}

async function open(orders: NodeOrders): Promise<void> {
  const { startedMs, addresses, index, shape } = orders;
  const { consensus, home, isHasty = false } = shape;
  folder = orders.folder;
  // CometBFT reads its settings there too.
  if (isHasty) Object.assign(process.env, HASTY);
  const validators = addresses.length;
  const rules = consensus === undefined ? {} : { consensus };
  const load = await LoadLedger.load({ startedMs, validators, ...rules });
  const { crypto, ledger } = load;
  const seeds = addresses.map((_, i) => crypto.sha256(Buffer.from(`node ${i}`)));
  const peers = addresses.map((address, i) => `${nodeId(seeds[i]!, crypto)}@${address}`);
  running = await openCometbftHome({
    ...{ home: folder, genesis: ledger.genesis, crypto, clock: load, workers: 1 },
    binary: cometbft!,
    validatorSeed: ledger.validatorSeeds[index]!,
    nodeSeed: seeds[index]!,
    peerAddress: addresses[index]!,
    peers: peers.filter((_, i) => i !== index),
    listen: { folder: `${folder}/ingress` },
    ...home,
  });
  const path = running.addresses[0]!.path!;
  tell({ kind: 'open', path, enginePid: running.enginePid()! });
  setInterval(() => look(running!), LOOK_MS).unref();
}

/** What a client would find if it asked for the newest block now. */
function look({ engine }: CometbftHome): void {
  const { seconds, nanos } = engine.newest!.header.time;
  staleMs = Math.max(staleMs, Date.now() - seconds * 1000 - nanos / 1e6);
}

function usage({ machine, enginePid, signaturesPid }: CometbftHome): NodeUsage {
  const main = process.threadCpuUsage();
  const total = process.cpuUsage();
  const engine = processUsage(enginePid());
  const signatures = processUsage(signaturesPid());
  const { keys, logBytes } = machine.stats();
  const stale = staleMs;
  staleMs = 0;
  return {
    mainUs: main.user + main.system,
    totalUs: total.user + total.system + signatures.cpuUs,
    engineUs: engine.cpuUs,
    residentBytes: process.memoryUsage.rss() + signatures.residentBytes,
    engineResidentBytes: engine.residentBytes,
    ...{ height: machine.height, oldest: machine.oldestBlock },
    diskBytes: folderBytes(folder),
    walBytes: folderBytes(`${folder}/cometbft/data/cs.wal`),
    ledgerBytes: folderBytes(`${folder}/ledger`),
    ...{ keys, logBytes, staleMs: stale },
  };
}

process.on('message', async (message: ToNode) => {
  if (message.kind === 'open') await open(message.orders);
  if (message.kind === 'usage') tell({ kind: 'usage', usage: usage(running!) });
  if (message.kind === 'stop') {
    await running!.stop();
    tell({ kind: 'stopped' });
    process.disconnect();
  }
});

// A bench that was ended leaves nothing running; CometBFT ends without its application.
process.on('disconnect', () => process.exit());
