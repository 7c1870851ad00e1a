import { toHex } from '@ward/protocol';
import { findTerms } from '../find-terms.ts';
import { readLedgerTexts, withoutOwnWords } from '../ledger-texts.ts';
import { demand, type Proof, type Step } from '../step.ts';
import type { WalkState } from '../walk-state.ts';

const SHOWN_MAX = 5;

/** Step 12: the ledger has slots, and organisations; of persons it has nothing. */
export const searchLedger: Step = {
  number: 12,
  title: 'The whole ledger is dumped and searched for everything about every patient',
  async run(state): Promise<Proof> {
    const { bytes, lines } = await readLedgerTexts(state.wallet);
    const terms = termsOf(state);
    const found = findTerms(bytes, terms);
    const traces = withoutOwnWords(found, state.ledgerBefore!);
    const some = traces.slice(0, SHOWN_MAX).map((term) => JSON.stringify(term));
    demand(traces.length === 0, `${traces.length} texts stand on the ledger: ${some.join(', ')}`);
    const charts = chartsOf(state);
    const hits = charts.filter(
      (chart) => bytes.includes(Buffer.from(chart)) || bytes.includes(toHex(chart)),
    );
    demand(hits.length === 0, `${hits.length} chart ids stand on the ledger`);
    const control = findTerms(bytes, [state.network.networkFile.genesis.chain, 'Hospital B']);
    demand(control.length === 2, 'the search finds what is there');
    return {
      proof:
        `${lines} entries (${Math.ceil(bytes.length / 1024)} KiB) searched for ${terms.size} ` +
        `names, identifiers, dates, codes and texts and ${charts.length} chart ids: nothing`,
      details: found.length === 0 ? [] : [ownWordsIn(found)],
    };
  },
};

function ownWordsIn(found: readonly string[]): string {
  const some = found.slice(0, SHOWN_MAX).map((term) => `"${term}"`);
  const more = found.length > SHOWN_MAX ? ', …' : '';
  return `words of the network itself, there before any patient: ${some.join(', ')}${more}`;
}

function termsOf({ patients }: WalkState): Set<string> {
  return new Set(patients.flatMap(({ terms }) => terms));
}

function chartsOf(state: WalkState): Uint8Array[] {
  return state.patients.flatMap((patient) =>
    state.ward(patient).keys.charts.map(({ chart }) => chart),
  );
}
