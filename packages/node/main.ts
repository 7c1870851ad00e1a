import { word } from '@ward/protocol';
import { parseListen, runServer } from '@ward/server';
import { createNode } from './create-node.ts';
import { NODE_OPTIONS } from './options.ts';

const NAME = { process: word('node'), command: word('ward-node') };

await runServer(NAME, NODE_OPTIONS, async ({ values, listen, ops, tools }) => {
  const folder = values['ingress-folder'];
  const tcp = values['ingress-listen'];
  const node = await createNode({
    ...{ ...tools, home: values.home, listen, opsListen: ops },
    ingress: {
      ...(folder === '' ? {} : { folder }),
      ...(tcp === '' ? {} : { tcp: parseListen(tcp) }),
    },
    limits: {
      keptBlocks: Number(values['keep-blocks']),
      snapshotBlocks: Number(values['snapshot-blocks']),
    },
    ...(values['light-listen'] === '' ? {} : { lightListen: values['light-listen'] }),
    ...(values.workers === '0' ? {} : { workers: Number(values.workers) }),
  });
  // An engine that stopped by itself ends the process: the next start reads what is on the disk.
  void node.halted.then((error) => {
    throw error;
  });
  // Whoever moves the clock wants the ledger to show the new time.
  return { ...node, clockMoved: () => node.nextBlock() };
});
