import { word } from '@ward/protocol';
import { parseListen, runServer, SERVER_OPTIONS } from '@ward/server';
import { createNode } from './create-node.ts';

const OPTIONS = {
  home: { help: 'Folder of the node' },
  ...SERVER_OPTIONS,
  listen: { ...SERVER_OPTIONS.listen, fallback: '127.0.0.1:8080' },
  'ops-listen': { ...SERVER_OPTIONS['ops-listen'], fallback: '127.0.0.1:9464' },
  'ingress-folder': { help: 'Folder for Unix sockets that take frames', fallback: '' },
  'ingress-listen': { help: 'Host and port that take frames', fallback: '' },
  'keep-blocks': { help: 'Newest blocks to keep; 0 keeps all', fallback: '0' },
  workers: { help: 'Threads that verify; 0 goes by the cores', fallback: '0' },
};
const NAME = { process: word('node'), command: word('ward-node') };

await runServer(NAME, OPTIONS, async ({ values, listen, ops, tools }) => {
  const folder = values['ingress-folder'];
  const tcp = values['ingress-listen'];
  const node = await createNode({
    ...{ ...tools, home: values.home, listen, opsListen: ops },
    ingress: {
      ...(folder === '' ? {} : { folder }),
      ...(tcp === '' ? {} : { tcp: parseListen(tcp) }),
    },
    limits: { keptBlocks: Number(values['keep-blocks']) },
    ...(values.workers === '0' ? {} : { workers: Number(values.workers) }),
  });
  // An engine that stopped by itself ends the process: the next start reads what is on the disk.
  void node.halted.then((error) => {
    throw error;
  });
  // Whoever moves the clock wants the ledger to show the new time.
  return { ...node, clockMoved: () => node.nextBlock() };
});
