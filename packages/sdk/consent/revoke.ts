import { Grant, refuseChart, type VerifiedHeader } from '@ward/charts';
import { type Digest, type Seconds, toHex } from '@ward/protocol';
import { rotateEpoch } from '../charts/rotate-epoch.ts';
import type { Connection } from '../connection/connection.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';

/**
 * Revokes a grant: custodians refuse from the next block on, at most 60 seconds later; what is
 * written from now on is under an epoch that the grantee has no key of. What was opened before
 * cannot be unseen.
 *
 * @returns The header without the grant.
 * @throws WardError `GRANT_UNKNOWN`, what vaults and nodes refuse.
 */
export async function revoke(
  wallet: Wallet,
  kept: KeptChart,
  leaf: Digest,
  connection: Connection,
): Promise<VerifiedHeader> {
  if (!kept.grants.has(toHex(leaf))) throw refuseChart('GRANT_UNKNOWN');
  await wallet.record({ kind: 'grantRevoked', chart: kept.chart, leaf });
  return rotateEpoch(wallet, kept, connection);
}

/** A grant as its owner lists it. */
export interface ListedGrant {
  readonly leaf: Digest;
  readonly grant: Grant;
  readonly madeAt: Seconds;
  /** The envelope reached the organisation's inbox; if not, grant the same again. */
  readonly isSent: boolean;
  readonly state: 'active' | 'expired' | 'not-yet' | 'revoked';
}

/** Every grant that was ever made on a chart, the newest first. */
export function listGrants(kept: KeptChart, now: Seconds): ListedGrant[] {
  return [...kept.grants.values()]
    .map(({ leaf, grant: bytes, madeAt, isSent, isRevoked }) => {
      const grant = Grant.decode(bytes);
      const state = isRevoked ? 'revoked' : stateAt(grant, now);
      return { leaf, grant, madeAt, isSent, state } as const;
    })
    .sort((a, b) => b.madeAt - a.madeAt);
}

function stateAt({ from, until }: Grant, now: Seconds): ListedGrant['state'] {
  if (now >= until) return 'expired';
  return now < from ? 'not-yet' : 'active';
}
