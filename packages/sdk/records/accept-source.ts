import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { publishGrants } from '../consent/grant.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { readNotices } from './list-own-units.ts';

/**
 * Lists an organisation that wrote by a card which anyone may use: from the next header on, which
 * is published at once, its units are no longer unsolicited and readers see them.
 *
 * @throws WardError `CARD_UNKNOWN` where the organisation neither has a card nor knocked.
 */
export async function acceptSource(
  wallet: Wallet,
  kept: KeptChart,
  organisation: AccountId,
  connection: Connection,
): Promise<void> {
  const notices = await readNotices(wallet, kept, connection);
  const knocks = notices.map(({ notice }) => notice).filter((notice) => notice.kind === 'knock');
  const card = kept.cards.find(
    (each) =>
      (each.organisation !== null && equalBytes(each.organisation, organisation)) ||
      knocks.some(
        (knock) =>
          equalBytes(knock.organisation, organisation) &&
          toHex(knock.recipient) === toHex(each.recipient),
      ),
  );
  if (card === undefined) throw refuse('CARD_UNKNOWN');
  const { writeSecret } = card;
  await wallet.record({ kind: 'sourceListed', chart: kept.chart, organisation, writeSecret });
  await publishGrants(wallet, kept, connection);
}
