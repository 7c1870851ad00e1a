import { equalBytes } from '@ward/protocol';
import { refuse } from './errors.ts';
import type { AddKey } from './messages.ts';
import { hasKeyForm } from './state.ts';

/**
 * @param others Keys of the account, past ones too.
 * @param index Place of the key in the message.
 * @throws WardError `KEY_FORM`, `KEY_TAKEN`.
 */
export function checkNewKey(
  key: AddKey['key'],
  others: readonly { readonly publicKey: Uint8Array }[],
  index: number,
): void {
  if (!hasKeyForm(key)) throw refuse('KEY_FORM', { key: index });
  if (others.some(({ publicKey }) => equalBytes(publicKey, key.publicKey))) {
    throw refuse('KEY_TAKEN', { key: index });
  }
}
