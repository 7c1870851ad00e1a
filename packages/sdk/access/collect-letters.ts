import {
  type Card,
  cardAuthority,
  chartId,
  deleteLetters,
  Grant,
  type InboxLetter,
  listLetters,
  openLetter,
  writePart,
} from '@ward/charts';
import { type ChartId, callEndpoint, equalBytes, toHex, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { requestSigner } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';

/** What was found in an inbox. */
export interface CollectedLetters {
  readonly cards: number;
  readonly grants: number;
  /** Letters that do not open, or are for another network: anyone can send them. */
  readonly rejected: number;
}

/**
 * Reads the organisation's inbox: cards and grants go into the key service, then the letters are
 * deleted.
 *
 * @throws WardError `ENDPOINT_MISSING`, what the inbox refuses.
 */
export async function collectLetters(
  service: KeyService,
  connection: Connection,
): Promise<CollectedLetters> {
  const { account: organisation } = service;
  const server = await connection.server(organisation, 'inbox');
  const audience = await connection.inboxKeeper(organisation);
  const sign = requestSigner(connection, { audience, key: service.requestKey });
  const counts = { cards: 0, grants: 0, rejected: 0 };
  for (;;) {
    const after = service.state.lettersRead;
    const request = { params: { organisation }, query: { after }, body: null, sign };
    const { letters } = await callEndpoint(listLetters, request, server);
    for (const { sealed } of letters) {
      const letter = await tryOpen(sealed, service);
      if (letter === undefined || isForeignCard(letter, service)) counts.rejected++;
      else if (letter.kind === 'card') {
        await service.record({ kind: 'cardReceived', card: letter.card });
        counts.cards++;
      } else {
        await service.record({ kind: 'grantReceived', envelope: letter.envelope });
        counts.grants++;
      }
    }
    // The last page is the one that is empty: how many a page holds is the inbox's affair.
    const upTo = letters.at(-1)?.number ?? after;
    if (upTo <= after) return counts;
    await service.record({ kind: 'lettersRead', upTo });
    const done = { params: { organisation }, query: { upTo }, body: null, sign };
    await callEndpoint(deleteLetters, done, server);
  }
}

/**
 * Takes a card that came by another way than the inbox: a file, a QR code.
 *
 * @returns The chart that it is for.
 * @throws WardError `CARD_FOREIGN`.
 */
export async function takeCard(service: KeyService, card: Card): Promise<ChartId> {
  const { realm } = service;
  if (!isOwn({ kind: 'card', card }, service)) throw refuse('CARD_FOREIGN');
  await service.record({ kind: 'cardReceived', card });
  return chartId(cardAuthority(card), realm);
}

async function tryOpen(
  sealed: Uint8Array,
  service: KeyService,
): Promise<InboxLetter['letter'] | undefined> {
  const { account: organisation, realm, sealingKey: key } = service;
  try {
    const letter = await openLetter(sealed, { organisation, key }, realm);
    return isOwn(letter, service) ? letter : undefined;
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

/**
 * Whether a card contradicts one that is there: anyone who knows the chart can send a card with a
 * write secret of no owner's, and units would go where nobody looks for them. One that comes by
 * another way is taken by `takeCard`.
 */
function isForeignCard(letter: InboxLetter['letter'], { state, account, realm }: KeyService) {
  if (letter.kind !== 'card') return false;
  const known = state.cards.get(toHex(chartId(cardAuthority(letter.card), realm)))?.card;
  if (known === undefined) return false;
  const isOwnName = equalBytes(known.recipient, account);
  return isOwnName && !equalBytes(known.writeSecret, letter.card.writeSecret);
}

/** A card of this network, or a grant to this organisation with the write secret that it names. */
function isOwn(letter: InboxLetter['letter'], { account, realm }: KeyService): boolean {
  if (letter.kind === 'card') return equalBytes(letter.card.network, realm.network);
  const { envelope } = letter;
  const grant = Grant.decode(envelope.grant);
  const part = envelope.writeSecret === null ? null : writePart(envelope.writeSecret, realm);
  const isPart =
    part === null || grant.writePart === null
      ? part === grant.writePart
      : equalBytes(part, grant.writePart);
  return isPart && equalBytes(grant.grantee, account);
}
