import {
  CHART_LIMITS,
  chartId,
  deleteLetters,
  deleteNotices,
  deleteObject,
  getBody,
  getHeader,
  getObject,
  getObjects,
  getVaultStatus,
  listLetters,
  listNotices,
  type NoticeBatch,
  postLetter,
  postNotice,
  postNotices,
  putHeader,
  putObjects,
  refuseChart,
  signDeletion,
  uploadObject,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  type Clock,
  type Ed25519KeyPair,
  equalBytes,
  MS_PER_SECOND,
  type Realm,
  type Seconds,
  WardError,
} from '@ward/protocol';
import {
  type Caller,
  type Door,
  type DurableDatabase,
  door,
  type Members,
  refuseServer,
  TokenBuckets,
} from '@ward/server';
import { refuse } from './errors.ts';
import type { HeaderStore, StoredHeader } from './headers/header-store.ts';
import type { Box, LetterBoxes } from './letters/letter-box.ts';
import type { Notices } from './letters/notices.ts';
import type { VaultLimits } from './limits.ts';
import type { Deletions } from './objects/deletions.ts';
import { nameObject } from './objects/named-object.ts';
import type { ObjectStore } from './objects/object-store.ts';
import type { Holder } from './objects/quotas.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
const SOURCES_MAX = 20_000;

export interface VaultDoorsOptions {
  readonly organisation: AccountId;
  /** Signs deletion receipts: a service key of the organisation. */
  readonly keyPair: Ed25519KeyPair;
  readonly software: string;
  readonly index: DurableDatabase;
  readonly objects: ObjectStore;
  readonly deletions: Deletions;
  readonly headers: HeaderStore;
  readonly boxes: LetterBoxes;
  readonly notices: Notices;
  readonly members: Members;
  readonly limits: VaultLimits;
  readonly clock: Clock;
  readonly realm: Realm;
}

/** The doors of a vault: who may do what (keys-and-access, section 1b), each a few lines. */
export class VaultDoors {
  readonly #options: VaultDoorsOptions;
  readonly #headersOfSource: TokenBuckets;
  readonly #lettersOfSource: TokenBuckets;

  constructor(options: VaultDoorsOptions) {
    this.#options = options;
    const { headersDayMax, lettersBurst, lettersHourMax } = options.limits;
    const keysMax = SOURCES_MAX;
    this.#headersOfSource = new TokenBuckets({
      ...{ capacity: headersDayMax, perSecond: headersDayMax / DAY_SECONDS, keysMax },
    });
    this.#lettersOfSource = new TokenBuckets({
      ...{ capacity: lettersBurst, perSecond: lettersHourMax / HOUR_SECONDS, keysMax },
    });
  }

  all(): Door[] {
    return [
      ...this.#headerDoors(),
      ...this.#storingDoors(),
      ...this.#readingDoors(),
      ...this.#mailboxDoors(),
      ...this.#inboxDoors(),
    ];
  }

  #now(): Seconds {
    return Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND);
  }

  #headerDoors(): Door[] {
    const { headers } = this.#options;
    return [
      door(putHeader, async ({ params, body, source }) => {
        spend(this.#headersOfSource, source);
        await headers.put(params.chart, await body.collect(), this.#now());
        return null;
      }),
      door(getHeader, async ({ params: { chart }, query: { version } }) => {
        if (version !== null) return headers.version(chart, version).bytes;
        return (await headers.newest(chart)).bytes;
      }),
    ];
  }

  #storingDoors(): Door[] {
    const { objects, deletions, limits, organisation, keyPair, realm } = this.#options;
    return [
      door(
        putObjects,
        async ({ params: { chart }, body, caller, source }) => {
          const holder = await this.#holderOf(chart, caller, source);
          const named = body.objects.map((object, position) =>
            nameObject(object, { chart, position }, realm),
          );
          await objects.put(named, { chart, holder, now: this.#now() });
          return { names: named.map(({ name }) => name) };
        },
        { bodyBytesMax: limits.batchBytesMax },
      ),
      door(uploadObject, async ({ params: { chart }, body, caller, source }) => {
        const holder = await this.#holderOf(chart, caller, source);
        const { announcedBytes } = body;
        const putting = { chart, holder, now: this.#now(), announcedBytes };
        return { names: [await objects.upload(body, putting)] };
      }),
      door(deleteObject, async ({ params: { chart, name }, query: { body }, caller }) => {
        await this.#checkOwner(chart, caller);
        const deleted = await deletions.run({ chart, name, body }, this.#now());
        return signDeletion({ organisation, ...deleted }, keyPair, realm);
      }),
    ];
  }

  #readingDoors(): Door[] {
    const { objects, organisation, software } = this.#options;
    return [
      door(getObject, ({ params }) => objects.open(params.name)),
      door(getBody, ({ params }) => objects.openBody(params.name, params.index)),
      door(getObjects, async ({ body }) => ({
        objects: await objects.readMany(body.names, CHART_LIMITS.manifestBytesMax),
      })),
      door(getVaultStatus, () => {
        const { objects: count, bytes } = objects.totals();
        return { software, organisation, objects: count, storedBytes: bytes };
      }),
    ];
  }

  #mailboxDoors(): Door[] {
    const { notices, headers, boxes, limits } = this.#options;
    const mailbox = async (chart: ChartId, caller: Caller): Promise<Box> => {
      await this.#checkOwner(chart, caller);
      return { kind: 'mailbox', id: chart };
    };
    return [
      door(postNotice, async ({ params: { chart }, body, caller }) => {
        const { mailboxKey } = await headers.newest(chart);
        const posted = { chart, mailboxKey, organisation: organisationOf(caller) };
        await notices.post([{ ...posted, sealed: await letterOf(body) }], this.#now());
        return null;
      }),
      door(
        postNotices,
        async ({ body, caller }) => {
          const organisation = organisationOf(caller);
          const placed = await Promise.all(body.notices.map((notice) => this.#placeOf(notice)));
          const taken = placed.filter((place) => typeof place !== 'string');
          const posted = taken.map((place) => ({ ...place, organisation }));
          await notices.post(posted, this.#now());
          return { refusals: placed.map((place) => (typeof place === 'string' ? place : null)) };
        },
        { bodyBytesMax: limits.noticesBytesMax },
      ),
      door(listNotices, async ({ params, query, caller }) => ({
        letters: boxes.list(await mailbox(params.chart, caller), query.after),
      })),
      door(deleteNotices, async ({ params, query, caller }) => {
        await boxes.deleteUpTo(await mailbox(params.chart, caller), query.upTo);
        return null;
      }),
    ];
  }

  /** A notice with what its chart's header says; the code of a refusal, which is its alone. */
  async #placeOf(notice: NoticeBatch['notices'][number]) {
    try {
      const { mailboxKey } = await this.#options.headers.newest(notice.chart);
      return { ...notice, mailboxKey };
    } catch (error) {
      if (error instanceof WardError) return error.code;
      throw error;
    }
  }

  #inboxDoors(): Door[] {
    const { index, boxes, limits } = this.#options;
    const ownInbox = (organisation: AccountId, caller: Caller): Box => {
      if (!equalBytes(organisationOf(caller), organisation)) throw refuseServer('CALLER_MISPLACED');
      return { kind: 'inbox', id: organisation };
    };
    return [
      door(postLetter, async ({ params: { organisation }, body, source }) => {
        spend(this.#lettersOfSource, source);
        await this.#checkMember(organisation);
        const sealed = await letterOf(body);
        const box = { kind: 'inbox', id: organisation } as const;
        await index.write(() => {
          if (boxes.count(box) >= limits.inboxLettersMax) throw refuse('INBOX_FULL');
          boxes.add(box, sealed, this.#now());
        });
        return null;
      }),
      door(listLetters, ({ params, query, caller }) => ({
        letters: boxes.list(ownInbox(params.organisation, caller), query.after),
      })),
      door(deleteLetters, async ({ params, query, caller }) => {
        await boxes.deleteUpTo(ownInbox(params.organisation, caller), query.upTo);
        return null;
      }),
    ];
  }

  async #checkMember(organisation: AccountId): Promise<void> {
    const record = await this.#options.members.organisation(organisation);
    if (record?.status !== 'active') throw refuse('INBOX_UNKNOWN');
  }

  /** Who stores for a chart: an organisation while the chart is open, or its owner. */
  async #holderOf(chart: ChartId, caller: Caller, source: string): Promise<Holder> {
    if (caller.kind === 'organisation') {
      const { state } = await this.#options.headers.newest(chart);
      if (state !== 'open') throw refuseChart('CHART_NOT_OPEN');
      return { kind: 'organisation', organisation: caller.organisation };
    }
    await this.#checkOwner(chart, caller);
    return { kind: 'owner', source };
  }

  /**
   * The caller has the key of the chart: that of its newest header, or, before there is one, the
   * key from which the chart's id follows.
   */
  async #checkOwner(chart: ChartId, caller: Caller): Promise<void> {
    if (caller.kind !== 'owner') throw refuseServer('CALLER_MISPLACED');
    const { headers, realm } = this.#options;
    const header = headers.isKnown(chart) ? await headers.newest(chart) : undefined;
    const isOwner =
      header === undefined || !header.isCarried
        ? equalBytes(chartId(caller, realm), chart)
        : isKeyOf(header, caller);
    if (!isOwner) throw refuse('OWNER_UNKNOWN');
  }
}

function isKeyOf(header: StoredHeader, { ck, cold }: { ck: Uint8Array; cold: Uint8Array }) {
  return equalBytes(header.ck, ck) && equalBytes(header.cold, cold);
}

function organisationOf(caller: Caller): AccountId {
  if (caller.kind !== 'organisation') throw refuseServer('CALLER_MISPLACED');
  return caller.organisation;
}

async function letterOf(body: { collect(): Promise<Uint8Array> }): Promise<Uint8Array> {
  const sealed = await body.collect();
  if (sealed.length === 0) throw refuse('OBJECT_INVALID', { position: 0 });
  return sealed;
}

/** @throws WardError `SOURCE_LIMITED`. */
function spend(buckets: TokenBuckets, source: string): void {
  const seconds = buckets.spend(source, 1, performance.now());
  if (seconds > 0) throw refuseServer('SOURCE_LIMITED', { retrySeconds: Math.ceil(seconds) });
}
