import { loadCrypto } from '@ward/protocol/crypto';
import { it } from 'vitest';
import { ClientNetwork } from '../client-network.ts';
import { ledgerScenarios } from './scenarios/ledger-scenarios.ts';
import { tellLies } from './tell-lies.ts';

it('tells lies about ledgers', async () => {
  const network = await ClientNetwork.start(await loadCrypto(), 1, {
    serverLimits: { sourceBurst: 1e9 },
  });
  const only = process.env.ONLY;
  for (const scenario of await ledgerScenarios(network)) {
    if (only && !scenario.name.includes(only)) continue;
    const start = performance.now();
    const counts: Record<string, number> = {};
    for await (const told of tellLies(scenario, {
      connect: (o) => network.transport(o),
      hangMs: 4000,
      oneIn: Number(process.env.ONEIN ?? 1),
    })) {
      counts[told.fate] = (counts[told.fate] ?? 0) + 1;
      if (!['rejected', 'true', 'shown'].includes(told.fate)) console.log(told);
    }
    console.log(scenario.name, counts, Math.round(performance.now() - start));
  }
  await network.close();
}, 600_000);
