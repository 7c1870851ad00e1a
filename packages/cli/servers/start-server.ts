import { join } from 'node:path';
import type { Outcome } from '../frame/define-command.ts';
import { optional, origin, path, text } from '../frame/parameters.ts';
import type { Session } from '../frame/session.ts';

export type ServerKind = 'node' | 'vault' | 'custodian' | 'witness';

/** Blocks that a number may name: what the form of numbers of a process has room for. */
export const BLOCKS_MAX = 1e15 - 1;

/** Where a server listens. */
export const LISTEN_OPTIONS = {
  listen: optional(text('HOST:PORT', 'where it listens')),
  opsListen: optional(text('HOST:PORT', 'where its operator reaches it')),
  publicOrigin: optional(origin('how others reach it, where a proxy stands before it')),
  proxies: optional(text('COUNT', 'proxies before it whose word on addresses counts')),
  config: optional(path('FILE', 'its settings, in place of config.json in its home')),
};

/** Flags of the server's own process, by the options that were given. */
function flagsOf(options: { readonly [name: string]: string | undefined }): string[] {
  const names: { readonly [option: string]: string } = {
    ...{ listen: '--listen', opsListen: '--ops-listen', publicOrigin: '--public-origin' },
    ...{ proxies: '--proxies', ingressFolder: '--ingress-folder', workers: '--workers' },
    ...{ config: '--config', keepBlocks: '--keep-blocks', snapshotBlocks: '--snapshot-blocks' },
    lightListen: '--light-listen',
  };
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [names[name]!, value],
  );
}

/** Folder of a server in the home of its organisation. */
export function serverHome({ home }: Pick<Session, 'home'>, kind: ServerKind): string {
  return join(home, kind);
}

/** Runs a server as a process of its own until it ends. */
export async function startServer(
  kind: ServerKind,
  options: { readonly [name: string]: string | undefined },
  session: Session,
): Promise<Outcome> {
  const flags = ['--home', serverHome(session, kind), ...flagsOf(options)];
  const exitCode = await session.platform.runServer({
    kind,
    flags,
    onReady: ({ origin: at, opsOrigin }) => {
      const operator = opsOrigin === null ? '' : `, for its operator on ${opsOrigin}`;
      session.remark(`The ${kind} listens on ${at}${operator}. Ctrl-C stops it.`);
    },
  });
  return { json: { kind, exitCode }, exitCode, show: () => undefined };
}
