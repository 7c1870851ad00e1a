import { connect } from 'node:tls';
import { MS_PER_SECOND } from '@ward/protocol';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

const CONNECT_MS_MAX = 5000;
/** Certificates that end so soon should have been renewed. */
const DAYS_MIN = 7;
const SECONDS_PER_DAY = 86_400;

/** Where certificates are looked for. */
interface CertificateHolders extends Pick<ExaminedHome, 'clock' | 'networkFile'> {
  readonly files: Pick<ExaminedHome['files'], 'genesis'>;
  /** Origins that are known beside those. */
  readonly published?: readonly (string | null)[];
}

/** Certificates of all HTTPS endpoints that network file and genesis name are valid. */
export async function findExpiredCertificates(examined: CertificateHolders): Promise<Finding[]> {
  const now = examined.clock.nowMs();
  const origins = httpsOrigins(examined);
  const ends = await Promise.all(origins.map(certificateEnd));
  return origins.flatMap((origin, i) => {
    const days = ((ends[i] ?? Number.POSITIVE_INFINITY) - now) / MS_PER_SECOND / SECONDS_PER_DAY;
    return days < DAYS_MIN ? [finding(origin, days)] : [];
  });
}

function httpsOrigins({ networkFile, files, published: known = [] }: CertificateHolders): string[] {
  const published = files.genesis.members.flatMap(({ organisation }) =>
    Object.values(organisation.endpoints),
  );
  const all = [...(networkFile?.nodes ?? []), ...published, ...known];
  const https = all.filter((origin) => origin?.startsWith('https://'));
  return [...new Set(https as string[])];
}

/** When the certificate of a server ends; undefined where it shows none. */
function certificateEnd(origin: string): Promise<number | undefined> {
  const { hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    // Whether it is trusted is another question: here it is read, and nothing is sent.
    const options = { host, port: Number(port || 443), rejectUnauthorized: false };
    const socket = connect(options, () => {
      const ends = Date.parse(socket.getPeerCertificate().valid_to ?? '');
      socket.destroy();
      resolve(Number.isFinite(ends) ? ends : undefined);
    });
    socket.setTimeout(CONNECT_MS_MAX, () => socket.destroy());
    socket.once('error', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
  });
}

function finding(origin: string, days: number): Finding {
  const when = days < 0 ? `ended ${Math.ceil(-days)} days ago` : `ends in ${Math.floor(days)} days`;
  return {
    fault: 'expired-certificate',
    what: `The certificate of ${origin} ${when}.`,
    why: 'Clients and servers refuse to talk to it, so what is behind it is lost to them.',
    next: 'Renew it at the proxy that ends TLS there, or tell the operator whose it is.',
  };
}
