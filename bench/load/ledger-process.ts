import { type EmbeddedHome, openEmbeddedHome } from '@ward/engine';
import { LoadLedger } from './load-ledger.ts';
import type { FromLedger, LedgerOrders, LedgerUsage, ToLedger } from './load-messages.ts';

const SLOTS_PER_MESSAGE = 1000;
const MESSAGES = 5;

let home: EmbeddedHome | undefined;

function tell(message: FromLedger): void {
  process.send!(message);
}

async function open({ home: folder, startedMs, keys }: LedgerOrders): Promise<void> {
  const load = await LoadLedger.load({ startedMs, validators: 1 });
  const { genesis, validatorSeed } = load.ledger;
  home = await openEmbeddedHome({
    ...{ home: folder, genesis, validatorSeed, crypto: load.crypto, clock: load },
    listen: { folder: `${folder}/ingress` },
  });
  const perTransaction = SLOTS_PER_MESSAGE * MESSAGES;
  for (let done = 0; done < keys; done += perTransaction) {
    // Numbers below zero, so that the load writes others.
    const shape = { messages: MESSAGES, slotsPerMessage: SLOTS_PER_MESSAGE };
    await home.engine.submit(load.envelope(-1 - done, shape));
  }
  tell({ kind: 'open', paths: home.addresses.map(({ path }) => path!) });
}

function usage({ machine }: EmbeddedHome): LedgerUsage {
  const main = process.threadCpuUsage();
  const total = process.cpuUsage();
  const { keys, logBytes } = machine.stats();
  return {
    mainUs: main.user + main.system,
    totalUs: total.user + total.system,
    height: machine.height,
    residentBytes: process.memoryUsage.rss(),
    keys,
    logBytes,
  };
}

process.on('message', async (message: ToLedger) => {
  if (message.kind === 'open') await open(message.orders);
  if (message.kind === 'usage') tell({ kind: 'usage', usage: usage(home!) });
  if (message.kind === 'stop') {
    await home!.stop();
    tell({ kind: 'stopped' });
    process.disconnect();
  }
});
