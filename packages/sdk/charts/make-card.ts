import { type Card, type InboxLetter, postLetter, sealLetter } from '@ward/charts';
import { type AccountId, callEndpoint, equalBytes, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { WalletChange } from '../wallet/wallet-events.ts';
import { firstAuthority, type KeptChart } from '../wallet/wallet-state.ts';

/**
 * Makes a card: who has it can write into the chart's inbox. It is a secret between the owner and
 * its recipient.
 *
 * @param organisation For whom; null makes a card with a random tag, for anyone who is shown it.
 */
export async function makeCard(
  wallet: Wallet,
  kept: KeptChart,
  organisation: AccountId | null,
): Promise<Card> {
  const recipient = organisation ?? wallet.random.bytes(32);
  const writeSecret = wallet.keysOf(kept).writeSecret(recipient);
  const { chart } = kept;
  const changes: WalletChange[] = [
    { kind: 'cardMade', chart, organisation, recipient, writeSecret },
  ];
  // Who is given a card by name is expected to write: readers see it from the next header on.
  if (organisation !== null) {
    changes.push({ kind: 'sourceListed', chart, organisation, writeSecret });
  }
  const isKnown = kept.cards.some((card) => equalBytes(card.writeSecret, writeSecret));
  if (!isKnown) await wallet.record(...changes);
  const { kind, vaults } = kept;
  const { network } = wallet.realm;
  return { network, kind, ...firstAuthority(kept), writeSecret, recipient, vaults };
}

/**
 * Sends a letter to an organisation's inbox, sealed to the key that the ledger proves and the
 * wallet remembers.
 *
 * @throws WardError `ORGANISATION_KEY_CHANGED`, `ENDPOINT_MISSING`, what the inbox refuses.
 */
export async function sendLetter(
  wallet: Wallet,
  { organisation, letter }: { organisation: AccountId; letter: InboxLetter['letter'] },
  connection: Connection,
  options: { readonly acceptChangedKey?: boolean } = {},
): Promise<void> {
  const key = await rememberedKey(wallet, organisation, connection, options);
  const sealed = await sealLetter(letter, { organisation, key }, connection.realm);
  const server = await connection.server(organisation, 'inbox');
  await callEndpoint(postLetter, { params: { organisation }, query: {}, body: sealed }, server);
}

/**
 * The sealing key of an organisation, proved by the ledger and the same as last time.
 *
 * @throws WardError `ORGANISATION_KEY_CHANGED` unless the change is accepted.
 */
export async function rememberedKey(
  wallet: Wallet,
  id: AccountId,
  connection: Connection,
  { acceptChangedKey = false }: { readonly acceptChangedKey?: boolean } = {},
) {
  const { sealingKey } = await connection.organisation(id);
  const { crypto } = connection.realm;
  const keyDigest = crypto.sha256(sealingKey);
  const known = wallet.state.rememberedKeys.get(toHex(id));
  const isNew = known === undefined || toHex(known) !== toHex(keyDigest);
  if (known !== undefined && isNew && !acceptChangedKey) {
    throw refuse('ORGANISATION_KEY_CHANGED', { organisation: toHex(id) });
  }
  if (isNew) await wallet.record({ kind: 'keyRemembered', organisation: id, keyDigest });
  return crypto.kem.sealingKey(sealingKey);
}
