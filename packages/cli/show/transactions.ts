import type { Json } from '@ward/protocol';
import type { Screen } from '../frame/screen.ts';

type Described = { readonly [field: string]: Json };

const SHORT = 8;

/** Transactions in a table: what they ask, and what came of it. */
export function showTransactions(transactions: readonly Described[], screen: Screen): void {
  screen.table(
    [
      { title: 'transaction' },
      { title: 'signed by', mayShrink: true },
      { title: 'messages', mayShrink: true },
      { title: 'result' },
    ],
    transactions.map((described) => {
      const { id, signers, messages, code } = described as unknown as DescribedTransaction;
      return [
        id.slice(0, 2 * SHORT),
        signers.map(({ account }) => account.slice(0, SHORT)).join(' '),
        messageCounts(messages),
        code === null ? screen.cell('good', 'applied') : screen.cell('bad', code),
      ];
    }),
    'There are no transactions.',
  );
}

/** What `describeTransaction` makes. */
export interface DescribedTransaction {
  readonly id: string;
  readonly signers: readonly { readonly account: string; readonly role: string }[];
  readonly validUntil: number;
  readonly messages: readonly { contract: string; name: string; body: Json }[];
  readonly code: string | null;
}

/** `WriteSlots, 2 CarrySlot`. */
function messageCounts(messages: DescribedTransaction['messages']): string {
  const counts = new Map<string, number>();
  for (const { name } of messages) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} ${name}`)).join(', ');
}
