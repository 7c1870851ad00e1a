import { createServer } from 'node:net';
import type { ExaminedHome, ListenPlace } from './examined-home.ts';
import type { Finding } from './finding.ts';

/** Where the server is to listen, nobody does; not looked at while it runs itself. */
export async function findTakenPorts({
  isRunning,
  listens,
}: Pick<ExaminedHome, 'isRunning' | 'listens'>): Promise<Finding[]> {
  if (isRunning) return [];
  const findings: Finding[] = [];
  for (const place of listens) {
    const reason = await refusalOf(place);
    if (reason !== undefined) findings.push(finding(place, reason));
  }
  return findings;
}

/** What the system calls it; undefined where one could listen. */
function refusalOf({ host, port }: ListenPlace): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'refused'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function finding({ host, port }: ListenPlace, reason: string): Finding {
  return {
    fault: 'taken-port',
    what: `Nobody can listen on ${host}:${port} now (${reason}).`,
    why: 'A server does not start where it cannot listen.',
    next: `See who does with ss -ltnp 'sport = :${port}', stop it, or name another port.`,
  };
}
