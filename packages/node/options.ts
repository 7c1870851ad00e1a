import { SERVER_OPTIONS } from '@ward/server';

/** All settings of a node's process. */
export const NODE_OPTIONS = {
  home: { help: 'Folder of the node' },
  ...SERVER_OPTIONS,
  listen: { ...SERVER_OPTIONS.listen, fallback: '127.0.0.1:8080' },
  'ops-listen': { ...SERVER_OPTIONS['ops-listen'], fallback: '127.0.0.1:9464' },
  'ingress-folder': { help: 'Folder for Unix sockets that take frames', fallback: '' },
  'ingress-listen': { help: 'Host and port that take frames', fallback: '', form: 'listen' },
  'keep-blocks': { help: 'Newest blocks to keep; 0 keeps all', fallback: '0', form: 'count' },
  workers: { help: 'Threads that verify; 0 goes by the cores', fallback: '0', form: 'count' },
} as const;
