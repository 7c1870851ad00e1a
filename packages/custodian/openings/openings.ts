import {
  answerWithShare,
  ChartHeader,
  DECIDE_VERSION,
  decide,
  decideKeys,
  Entry,
  entryDigest,
  findRelease,
  type KeptShare,
  type OpeningRequest,
  openOpeningRequest,
  PERMITTED,
  type PermittedPoint,
  type ReceivedOpeningRequest,
  type ReleasedPoints,
  refuseOpening,
  SignedChartHeader,
  sealAnswer,
  sealNotice,
  signReceipt,
} from '@ward/charts';
import {
  type AccountId,
  type Clock,
  type Digest,
  type Ed25519KeyPair,
  type Height,
  hasCode,
  MS_PER_SECOND,
  type OpeningKey,
  type Random,
  type Realm,
  refuseProtocol,
  type Seconds,
  toHex,
  WardError,
  type Word,
} from '@ward/protocol';
import { type Count, codeWord, type Members, type Metrics, type Prover } from '@ward/server';
import type { CustodianLimits } from '../limits.ts';
import type { Erasures } from '../shares/erasures.ts';
import type { ShareStore } from '../shares/share-store.ts';
import { EntryMemory } from './entry-memory.ts';
import { MailboxKeys } from './mailbox-keys.ts';
import type { NoticePost } from './notice-post.ts';
import { RefusalTally } from './refusal-tally.ts';
import { ToldNotices } from './told-notices.ts';

export interface OpeningsOptions {
  /** The organisation of this custodian. */
  readonly organisation: AccountId;
  /** Requests are sealed to it. */
  readonly openingKey: OpeningKey;
  /** Signs receipts. */
  readonly receiptKey: Ed25519KeyPair;
  readonly shares: ShareStore;
  readonly erasures: Erasures;
  readonly post: NoticePost;
  readonly ledger: Prover;
  /** Whether the ledger has a block above one, as soon as any node shows it. */
  readonly isBeyond: (height: Height, waitMs: number) => Promise<boolean>;
  readonly members: Members;
  readonly limits: CustodianLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly realm: Realm;
  readonly metrics: Metrics;
}

/** A request that can be told of and answered: entry and header were read, the asker is known. */
interface Asked {
  readonly request: OpeningRequest;
  readonly asker: { readonly account: AccountId; readonly publicKey: Uint8Array };
  /** Organisation that asks. */
  readonly organisation: AccountId;
  readonly entriesProved: number;
  /** Of the facts on which consent is decided. */
  readonly keys: readonly Uint8Array[];
  readonly entry: Entry;
  readonly digest: Digest;
  readonly header: ChartHeader;
}

/** Points to multiply with one share. */
interface ShareWork {
  readonly share: KeptShare;
  readonly points: PermittedPoint[];
}

type Verdict =
  | { readonly code: typeof PERMITTED; readonly work: readonly ShareWork[] }
  | { readonly code: string; readonly work: readonly [] };

/**
 * Answers openings: who asks, what consent says, then the owner is told, and only then the share is
 * used. Whatever dies in between, the owner knows of everything that was given out.
 */
export class Openings {
  readonly #options: OpeningsOptions;
  readonly #entries: EntryMemory;
  readonly #told: ToldNotices;
  readonly #tally: RefusalTally;
  readonly #mailboxes: MailboxKeys;
  readonly #verdicts: Count<'verdict'>;

  constructor(options: OpeningsOptions) {
    this.#options = options;
    const { limits, metrics } = options;
    this.#entries = new EntryMemory(limits);
    this.#told = new ToldNotices(limits);
    this.#tally = new RefusalTally(limits);
    this.#mailboxes = new MailboxKeys(options.realm.crypto, limits.mailboxKeysMax);
    this.#verdicts = metrics.counter('openings_total');
  }

  /**
   * Answers a sealed request, sealed to the key that the entry names, refusals too.
   *
   * @throws WardError for what cannot be answered so, and is only counted: `SEAL_INVALID`,
   * `REQUEST_UNBELIEVED`, `REQUEST_TIME`, `CHART_SIGNATURE`, `CHART_MISMATCH`, `CBOR_*`,
   * `FORMAT_*`.
   */
  async answer(sealed: Uint8Array): Promise<Uint8Array> {
    const asked = await this.#believe(sealed);
    const verdict = await this.#judge(asked);
    const told = await this.#tell(asked, verdict);
    this.#verdicts.add({ verdict: told.code as Word });
    return this.#seal(asked, told);
  }

  #now(): Seconds {
    return Math.floor(this.#options.clock.nowMs() / MS_PER_SECOND);
  }

  /** Who asks, and about what; nothing is decided yet. */
  async #believe(sealed: Uint8Array): Promise<Asked> {
    const { organisation: custodian, openingKey: key, realm } = this.#options;
    try {
      const received = await openOpeningRequest(sealed, { custodian, key }, realm);
      const organisation = await this.#askerOf(received);
      const { request, signed } = received;
      const { account, publicKey } = signed;
      const entriesProved = this.#entries.provedFor(request);
      // This verifies the header too, for the entry's chart: what follows need only decode it.
      const keys = decideKeys(request, { account, entriesProved }, realm);
      const entry = Entry.decode(request.entry);
      const header = ChartHeader.decode(SignedChartHeader.decode(request.header).header);
      const digest = entryDigest({ salt: request.entrySalt, entry: request.entry }, realm);
      const asker = { account, publicKey };
      return { request, asker, organisation, entriesProved, keys, entry, digest, header };
    } catch (error) {
      if (error instanceof WardError) this.#verdicts.add({ verdict: codeWord(error) });
      throw error;
    }
  }

  /** The active organisation that signed the request just now. */
  async #askerOf({ signed, isSigned }: ReceivedOpeningRequest): Promise<AccountId> {
    const { limits, members } = this.#options;
    if (!isSigned) throw refuseOpening('REQUEST_UNBELIEVED');
    const skewSeconds = this.#now() - signed.time;
    if (Math.abs(skewSeconds) > limits.requestAgeSecondsMax) {
      throw refuseProtocol('REQUEST_TIME', { skewSeconds });
    }
    try {
      return await members.organisationOf(signed);
    } catch (error) {
      if (hasCode(error, 'CALLER_UNKNOWN')) throw refuseOpening('REQUEST_UNBELIEVED');
      throw ledgerRefusal(error);
    }
  }

  /** What consent says, by this custodian's own newest state of the ledger. */
  async #judge(asked: Asked): Promise<Verdict> {
    try {
      this.#options.erasures.check(asked.entry.chart, asked.header);
      const points = await this.#decide(asked);
      return { code: PERMITTED, work: await this.#shareWork(asked.header, points) };
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      return { code: error.code, work: [] };
    }
  }

  /**
   * By the newest state. Whoever asks may have seen a block that the node of this custodian has
   * not: before an entry is said to be missing, the other nodes are asked for a newer one.
   */
  async #decide(asked: Asked): Promise<PermittedPoint[]> {
    for (const untilMs = performance.now() + this.#options.limits.entryWaitMsMax; ; ) {
      const { facts, decideNow } = await this.#facts(asked);
      try {
        return decideNow();
      } catch (error) {
        const leftMs = untilMs - performance.now();
        if (!hasCode(error, 'ENTRY_UNCOMMITTED') || leftMs <= 0) throw error;
        if (!(await this.#options.isBeyond(facts.header.height, leftMs))) throw error;
      }
    }
  }

  async #facts({ request, asker, entriesProved, keys }: Asked) {
    const { ledger, realm } = this.#options;
    const facts = await ledger.prove(keys).catch((error: unknown) => {
      throw ledgerRefusal(error);
    });
    const { time, claims, header } = facts;
    const state = { root: header.appHash, time, claims, entriesProved };
    const decideNow = () => {
      const points = decide({ request, asker, state }, this.#now(), realm);
      this.#entries.remember(request, request.entryNumber + 1);
      return points;
    };
    return { facts, decideNow };
  }

  /** The shares to use, one for each release key of which this custodian has one. */
  async #shareWork(header: ChartHeader, points: readonly PermittedPoint[]): Promise<ShareWork[]> {
    const groups = new Map<string, PermittedPoint[]>();
    for (const point of points) {
      const name = toHex(point.q);
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [point]);
      else group.push(point);
    }
    const work: ShareWork[] = [];
    for (const group of groups.values()) {
      const { q } = group[0]!;
      const commitments = findRelease(header, q)?.commitments ?? [];
      const share = await this.#options.shares.find({ q, chart: header.chart }, commitments);
      if (share !== undefined) work.push({ share, points: group });
    }
    if (work.length === 0) throw refuseOpening('SHARE_UNKNOWN');
    return work;
  }

  /** Tells the owner; an opening that cannot be told is refused. */
  async #tell(asked: Asked, verdict: Verdict): Promise<Verdict> {
    const name = `${toHex(asked.digest)}/${toHex(asked.organisation)}/${verdict.code}`;
    try {
      const nowMs = this.#options.clock.nowMs();
      await this.#told.once(name, nowMs, () => this.#notify(asked, verdict));
      return verdict;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      return { code: error.code, work: [] };
    }
  }

  async #notify(asked: Asked, { code }: Verdict): Promise<void> {
    const { organisation: custodian, post, realm } = this.#options;
    const { chart, vaults, mailboxKey } = asked.header;
    const time = this.#now();
    const news = code === PERMITTED ? 'all' : this.#tally.add(chart, time);
    if (news === 'nothing') return;
    const { entry, entrySalt, entryNumber } = asked.request;
    const opening = { entry, entrySalt, entryNumber, verdict: code, grantee: asked.organisation };
    const notice =
      news === 'all'
        ? ({ kind: 'opening', custodian, ...opening } as const)
        : ({ kind: 'summary', custodian, count: news.count } as const);
    const key = this.#mailboxes.of(chart, mailboxKey);
    const sealed = await sealNotice({ time, notice }, { chart, key }, realm);
    await post.deliver({ chart, vaults, sealed });
  }

  /** The answer that only the holder of the entry's response key can read. */
  async #seal({ entry, digest }: Asked, { code, work }: Verdict): Promise<Uint8Array> {
    const { organisation: custodian, receiptKey, realm } = this.#options;
    const receipt = signReceipt(
      {
        ...{ entry: digest, custodian, decideVersion: DECIDE_VERSION },
        ...{ verdict: code, time: this.#now() },
      },
      receiptKey,
      realm,
    );
    const released = work.map((each) => this.#release(each, digest));
    const key = realm.crypto.kem.sealingKey(entry.responseKey);
    return sealAnswer({ receipt, released }, key, realm);
  }

  #release({ share: kept, points }: ShareWork, entry: Digest): ReleasedPoints {
    const { random, realm } = this.#options;
    const { q, index, share } = kept;
    const inputs = points.map(({ u }) => u);
    const answer = answerWithShare({ share, inputs, entry }, random, realm.crypto);
    const released = points.map(({ label }, i) => ({ label, point: answer.points[i]! }));
    return { q, index, points: released, proof: answer.proof };
  }
}

const NODE_FAILURES = ['LEDGER_STALE', 'SERVER_UNREACHABLE', 'TRUST_EXPIRED', 'HEADER_BEHIND'];

/**
 * What a node's failure means for an opening: nothing fresh, or nothing proved. No word of a node
 * becomes a verdict: it could have this custodian sign that a grant was revoked.
 */
function ledgerRefusal(error: unknown): unknown {
  if (!(error instanceof WardError)) return error;
  const isBehind = NODE_FAILURES.includes(error.code);
  return refuseOpening(isBehind ? 'LEDGER_BEHIND' : 'STATE_UNPROVED');
}
