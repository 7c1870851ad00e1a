import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Word } from '@ward/protocol';
import { listenError } from './listen-error.ts';
import { freeBytes } from './storage/free-bytes.ts';
import { type Log, silentLog } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';
import { failureWord, publicText } from './telemetry/public-value.ts';

/** Whether something that the process needs is there now. */
export interface ReadinessCheck {
  readonly name: Word;
  isReady(): boolean | Promise<boolean>;
}

export interface OpsServerOptions {
  /** What runs, as in `vault`. */
  readonly server: Word;
  readonly version: Word;
  /** Folder whose disk has to have room; null where nothing is written. */
  readonly home: string | null;
  readonly metrics: Metrics;
  /** All must hold for the process to be given work. */
  readonly checks: readonly ReadinessCheck[];
  /** Loopback when left out: operators' tools run beside the process. */
  readonly host?: string;
  readonly port?: number;
  readonly log?: Log;
}

/**
 * The operator's door, for loopback or a network of the operator's own:
 *
 * - `/livez`: the process answers. Restart it where this fails.
 * - `/readyz`: it may be given work; 503 with the checks that do not hold, and while it stops.
 * - `/healthz`: the same for people and monitors, with version and age; a process that stops in
 *   order is not ill.
 * - `/metrics`: for Prometheus; every name stands in `METRICS`.
 * - `/version`: what runs.
 */
export interface OpsServer {
  readonly origin: string;
  /** From now on `/readyz` says no, so that nothing new is sent here. */
  stopReady(): void;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Starts the operator's door on a listener of its own. */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { host = '127.0.0.1', port = 0, log = silentLog } = options;
  let isStopping = false;
  measure(options);
  const server = createServer((request, response) => {
    pageOf(request.url ?? '', options, isStopping)
      .catch((error: unknown) => {
        log.error('ops-failure' as Word, { kind: failureWord(error) });
        return json(500, { ok: false });
      })
      .then(({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, port)));
    server.listen({ host, port }, resolve);
  });
  return {
    origin: originOf(server),
    stopReady: () => {
      isStopping = true;
    },
    close: () => closeServer(server),
  };
}

function measure({ metrics, server, version, home }: OpsServerOptions): void {
  metrics.gauge('build_info', () => 1, { server, version });
  if (home === null) return;
  // A folder that was taken away has no free bytes to tell of.
  metrics.gauge('disk_free_bytes', () => freeBytes(home).catch(() => undefined));
}

async function pageOf(url: string, options: OpsServerOptions, isStopping: boolean): Promise<Page> {
  const { metrics, checks } = options;
  switch (url.split('?')[0]) {
    case '/livez':
      return json(200, { ok: true });
    case '/readyz':
      return readiness(checks, isStopping);
    case '/healthz':
      return health(options);
    case '/version':
      return json(200, softwareOf(options));
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.page() };
    default:
      return json(404, { ok: false });
  }
}

async function readiness(checks: readonly ReadinessCheck[], isStopping: boolean): Promise<Page> {
  const results = await runChecks(checks);
  const ok = !isStopping && allHold(results);
  return json(ok ? 200 : 503, { ok, stopping: isStopping, checks: results });
}

async function health(options: OpsServerOptions): Promise<Page> {
  const results = await runChecks(options.checks);
  const ok = allHold(results);
  const upSeconds = Math.floor(process.uptime());
  return json(ok ? 200 : 503, { ok, ...softwareOf(options), upSeconds, checks: results });
}

function softwareOf({ server, version }: OpsServerOptions) {
  const runtime = process.version;
  return { server: publicText(server), version: publicText(version), runtime };
}

type CheckResults = { readonly [name: string]: boolean };

function allHold(results: CheckResults): boolean {
  return Object.values(results).every((holds) => holds);
}

async function runChecks(checks: readonly ReadinessCheck[]): Promise<CheckResults> {
  const results = await Promise.all(
    checks.map(async ({ name, isReady }) => {
      // A check that fails is one that does not hold.
      const ready = await Promise.resolve(isReady()).catch(() => false);
      return [publicText(name), ready] as const;
    }),
  );
  return Object.fromEntries(results);
}

function json(status: number, value: object): Page {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function originOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
