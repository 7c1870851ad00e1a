import { SERVER_OPTIONS } from '@ward/server';
import { NODE_LIMITS } from './limits.ts';

/** All settings of a node's process. */
export const NODE_OPTIONS = {
  home: { help: 'Folder of the node' },
  ...SERVER_OPTIONS,
  listen: { ...SERVER_OPTIONS.listen, fallback: '127.0.0.1:8080' },
  'ops-listen': { ...SERVER_OPTIONS['ops-listen'], fallback: '127.0.0.1:9464' },
  'ingress-folder': { help: 'Folder for Unix sockets that take frames', fallback: '' },
  'ingress-listen': { help: 'Host and port that take frames', fallback: '', form: 'listen' },
  'keep-blocks': {
    help: 'Newest blocks to keep; 0 keeps all',
    fallback: `${NODE_LIMITS.keptBlocks}`,
    form: 'count',
  },
  'snapshot-blocks': {
    help: 'A node with peers makes a snapshot at each multiple of this height',
    fallback: `${NODE_LIMITS.snapshotBlocks}`,
    form: 'count',
  },
  'light-listen': {
    help: 'Host and port where nodes that join ask for headers; left out: nowhere',
    fallback: '',
    form: 'listen',
  },
  workers: { help: 'Threads that verify; 0 goes by the cores', fallback: '0', form: 'count' },
} as const;
