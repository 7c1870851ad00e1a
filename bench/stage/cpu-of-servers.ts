import type { Network } from '@ward/sandbox/network';

/** CPU milliseconds that processes have taken, by what they are. */
export type CpuMs = { readonly [who in 'client' | 'node' | 'vault' | 'custodian']: number };

const MS = 1000;
const MICROS_PER_MS = 1000;

/** What this process and the servers of a network have taken of the CPU until now. */
export async function cpuUntilNow({ nodes, vaults, custodians }: Network): Promise<CpuMs> {
  const { user, system } = process.cpuUsage();
  const sum = async (servers: Network['nodes']) => {
    const each = await Promise.all(servers.map(({ opsOrigin }) => cpuMs(opsOrigin)));
    return each.reduce((a, b) => a + b, 0);
  };
  return {
    client: (user + system) / MICROS_PER_MS,
    node: await sum(nodes),
    vault: await sum(vaults),
    custodian: await sum(custodians),
  };
}

async function cpuMs(opsOrigin: string): Promise<number> {
  const page = await (await fetch(`${opsOrigin}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(page)?.[1]) * MS;
}

/** What was taken between two looks, for each of `count` things that were done. */
export function cpuEach(before: CpuMs, after: CpuMs, count: number): CpuMs {
  const each = (who: keyof CpuMs) => (after[who] - before[who]) / count;
  return {
    client: each('client'),
    node: each('node'),
    vault: each('vault'),
    custodian: each('custodian'),
  };
}
