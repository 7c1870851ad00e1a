import {
  acceptDeal,
  askOpening,
  DECIDE_VERSION,
  Deal,
  dealShareTo,
  eraseShares,
  getCustodianStatus,
  handOverShares,
  receiptDeal,
  refuseChart,
  signDeletion,
  takeShareOver,
} from '@ward/charts';
import {
  type AccountId,
  type Clock,
  type Ed25519KeyPair,
  equalBytes,
  type Height,
  MS_PER_SECOND,
  type OpeningKey,
  type Realm,
  type Seconds,
} from '@ward/protocol';
import {
  type Door,
  door,
  type Members,
  type Prover,
  refuseServer,
  TokenBuckets,
} from '@ward/server';
import { refuse } from './errors.ts';
import type { CustodianLimits } from './limits.ts';
import type { Openings } from './openings/openings.ts';
import type { Erasures } from './shares/erasures.ts';
import type { ShareStore } from './shares/share-store.ts';

const DAY_SECONDS = 86_400;
const SOURCES_MAX = 20_000;
/** A thousand sealed shares, and what stands around them. */
const HANDOVER_BYTES_MAX = 2 * 1024 * 1024;

export interface CustodianDoorsOptions {
  readonly organisation: AccountId;
  readonly openingKey: OpeningKey;
  readonly receiptKey: Ed25519KeyPair;
  readonly software: string;
  readonly shares: ShareStore;
  readonly erasures: Erasures;
  readonly openings: Openings;
  readonly members: Members;
  readonly ledger: Prover;
  readonly limits: CustodianLimits;
  readonly clock: Clock;
  readonly realm: Realm;
  /** Newest height that is believed. */
  height(): Height;
}

/** The doors of a custodian. */
export function custodianDoors(options: CustodianDoorsOptions): Door[] {
  const { organisation, openingKey, receiptKey, shares, erasures, openings, ledger } = options;
  const { realm } = options;
  const { dealsDayMax } = options.limits;
  const deals = new TokenBuckets({
    ...{ capacity: dealsDayMax, perSecond: dealsDayMax / DAY_SECONDS, keysMax: SOURCES_MAX },
  });
  const now = (): Seconds => Math.floor(options.clock.nowMs() / MS_PER_SECOND);
  return [
    door(dealShareTo, async ({ body, source }) => {
      const seconds = deals.spend(source, 1, performance.now());
      if (seconds > 0) throw refuseServer('SOURCE_LIMITED', { retrySeconds: Math.ceil(seconds) });
      const { chart, commitments } = Deal.decode(body.deal);
      erasures.check(chart);
      const prove = (keys: readonly Uint8Array[]) => ledger.prove(keys);
      const own = { custodian: organisation, key: openingKey, prove };
      const kept = await acceptDeal(body, own, realm);
      await shares.put(kept, commitments);
      return receiptDeal(kept, { id: organisation, keyPair: receiptKey }, realm);
    }),
    door(askOpening, async ({ body }) => openings.answer(await body.collect())),
    door(eraseShares, async ({ params: { chart }, body }) => {
      const time = await erasures.show(chart, await body.collect(), now());
      const receipt = { organisation, what: 'shares', subject: chart, time } as const;
      return signDeletion(receipt, receiptKey, realm);
    }),
    handOverDoor(options),
    door(getCustodianStatus, () => ({
      ...{ software: options.software, organisation, height: options.height() },
      ...{ shares: shares.count, decideVersion: DECIDE_VERSION },
    })),
  ];
}

/** Takes over shares, from an organisation that named this one its successor. */
function handOverDoor(options: CustodianDoorsOptions): Door {
  const { organisation, openingKey, shares, members, erasures, realm } = options;
  return door(
    handOverShares,
    async ({ body, caller }) => {
      if (caller.kind !== 'organisation') throw refuseServer('CALLER_MISPLACED');
      const leaving = await members.organisation(caller.organisation);
      const successor = leaving?.successor ?? null;
      if (successor === null || !equalBytes(successor, organisation)) {
        throw refuse('SUCCESSOR_UNNAMED');
      }
      const own = { custodian: organisation, key: openingKey };
      for (const { chart } of body.shares) erasures.check(chart);
      const taken = await Promise.all(body.shares.map((each) => takeShareOver(each, own, realm)));
      const names = taken.map(({ q, index, share }) => [q, index, share].join());
      if (new Set(names).size !== taken.length) {
        throw refuseChart('SHARE_INVALID', { index: 0 });
      }
      await shares.takeOver(taken);
      return null;
    },
    { bodyBytesMax: HANDOVER_BYTES_MAX },
  );
}
