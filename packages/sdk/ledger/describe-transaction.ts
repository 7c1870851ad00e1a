import { formatCatalogue, type Json, type MessageEnvelope, toHex } from '@ward/protocol';
import type { WalkedTransaction } from './walk-blocks.ts';

/** What a transaction asks for, in words: who signs, which messages, what is in them. */
export function describeTransaction({
  transaction: { id, body },
  verdict,
}: Pick<WalkedTransaction, 'transaction' | 'verdict'>): { readonly [field: string]: Json } {
  return {
    id: toHex(id),
    signers: body.signers.map(({ account, role }) => ({ account: toHex(account), role })),
    validUntil: body.validUntil,
    messages: body.messages.map(describeMessage),
    code: verdict.kind === 'applied' ? null : verdict.code,
  };
}

/** The body of a message that this software does not know stays as it is. */
function describeMessage({ contract, name, body }: MessageEnvelope): Json {
  const format = formatCatalogue().get(`${contract}/${name}/1`);
  const content = format === undefined ? toHex(body) : format.toJson(format.decode(body));
  return { contract, name, body: content };
}
