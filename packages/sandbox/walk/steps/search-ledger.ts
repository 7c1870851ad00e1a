import { toHex } from '@ward/protocol';
import { findTerms } from '../find-terms.ts';
import { demand, type Proof, type Step } from '../step.ts';
import type { WalkState } from '../walk-state.ts';

const SHOWN_MAX = 5;

/** Step 12: the ledger has slots, and organisations; of persons it has nothing. */
export const searchLedger: Step = {
  number: 12,
  title: 'The whole ledger is dumped and searched for everything about every patient',
  async run(state): Promise<Proof> {
    const { dump, lines } = await dumpLedger(state);
    const terms = termsOf(state);
    const found = findTerms(dump, terms);
    const charts = chartsOf(state);
    const hits = charts.filter(
      (chart) => dump.includes(Buffer.from(chart)) || dump.includes(toHex(chart)),
    );
    const some = found.slice(0, SHOWN_MAX).map((term) => JSON.stringify(term));
    demand(found.length === 0, `${found.length} texts stand on the ledger: ${some.join(', ')}`);
    demand(hits.length === 0, `${hits.length} chart ids stand on the ledger`);
    const control = findTerms(dump, [state.network.networkFile.genesis.chain]);
    demand(control.length === 1, 'the search finds what is there');
    return {
      proof:
        `${lines} entries (${Math.ceil(dump.length / 1024)} KiB) searched for ${terms.size} names, ` +
        `identifiers, dates, codes and texts and ${charts.length} chart ids: nothing`,
    };
  },
};

/** Everything that the ledger shows to anybody, as text and as the bytes that are in it. */
async function dumpLedger({ wallet }: WalkState): Promise<{ dump: Buffer; lines: number }> {
  const parts: Buffer[] = [];
  let lines = 0;
  for await (const line of wallet.ledger.dump()) {
    lines++;
    parts.push(Buffer.from(JSON.stringify(line)), ...bytesIn(line));
  }
  return { dump: Buffer.concat(parts), lines };
}

/** Hexadecimal texts of a line as bytes: what they say must be searched as well. */
function bytesIn(value: unknown): Buffer[] {
  if (typeof value === 'string') {
    return value.length >= 8 && /^(?:[0-9a-f]{2})+$/.test(value) ? [Buffer.from(value, 'hex')] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(bytesIn);
}

function termsOf({ patients }: WalkState): Set<string> {
  return new Set(patients.flatMap(({ terms }) => terms));
}

function chartsOf(state: WalkState): Uint8Array[] {
  return state.patients.flatMap((patient) =>
    state.ward(patient).keys.charts.map(({ chart }) => chart),
  );
}
