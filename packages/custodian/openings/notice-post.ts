import { postNotices, refuseOpening } from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  type Clock,
  callEndpoint,
  type Ed25519KeyPair,
  MS_PER_SECOND,
  type Random,
  REQUEST_HEADER,
  type Realm,
  type SignCall,
  signRequest,
  type Transport,
  toHex,
  WardError,
  word,
} from '@ward/protocol';
import { codeWord, type Log, type Members, PublicOrganisation } from '@ward/server';
import type { CustodianLimits } from '../limits.ts';
import { JoinedNotices, type SealedNotice } from './joined-notices.ts';

export interface NoticePostOptions {
  /** The account that signs for this custodian's organisation, and its service key. */
  readonly account: AccountId;
  readonly keyPair: Ed25519KeyPair;
  readonly connect: (origin: string) => Transport;
  readonly members: Members;
  readonly limits: CustodianLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly realm: Realm;
  readonly log: Log;
}

export interface PostedNotice {
  readonly chart: ChartId;
  /** Organisations whose vaults keep the chart. */
  readonly vaults: readonly AccountId[];
  readonly sealed: Uint8Array;
}

interface VaultNotice extends SealedNotice {
  readonly vault: AccountId;
}

const VAULTS_MAX = 1000;

/** Puts notices into the mailboxes of charts, in every vault that a chart's header lists. */
export class NoticePost {
  readonly #options: NoticePostOptions;
  /** By vault and where it is. */
  readonly #vaults = new Map<string, JoinedNotices>();

  constructor(options: NoticePostOptions) {
    this.#options = options;
  }

  /**
   * Delivers to all vaults; the first that has it counts, the others have a moment more.
   *
   * @throws WardError `NOTICE_UNDELIVERED` when no vault took it.
   */
  async deliver({ chart, vaults, sealed }: PostedNotice): Promise<void> {
    const { noticeGraceMs } = this.#options.limits;
    const posts = vaults.map((vault) => this.#post({ chart, vault, sealed }));
    // In memory or near by they are all done at the same time: nobody waits then.
    const first = await firstTrue(posts);
    if (!first) throw refuseOpening('NOTICE_UNDELIVERED');
    if (posts.length > 1) await Promise.race([Promise.all(posts), pause(noticeGraceMs)]);
  }

  /** Whether a vault took a notice; why not stands in the log. */
  async #post({ chart, vault, sealed }: VaultNotice): Promise<boolean> {
    const { log, members } = this.#options;
    try {
      const origin = (await members.organisation(vault))?.endpoints.vault ?? null;
      if (origin === null) return false;
      await this.#noticesTo(vault, origin).post({ chart, sealed });
      return true;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      const fields = { vault: new PublicOrganisation(vault), code: codeWord(error) };
      log.warn(word('notice-not-taken'), fields);
      return false;
    }
  }

  /** Signs requests to the servers of another organisation. */
  signFor(audience: AccountId): SignCall {
    const { account, keyPair, clock, random, realm } = this.#options;
    const { publicKey } = keyPair;
    const key = { signer: { kind: 'organisation', account, publicKey }, keyPair } as const;
    return (request) => {
      const time = Math.floor(clock.nowMs() / MS_PER_SECOND);
      const header = signRequest({ audience, ...request }, { key, time }, random, realm);
      return { [REQUEST_HEADER]: header };
    };
  }

  #noticesTo(vault: AccountId, origin: string): JoinedNotices {
    const name = `${toHex(vault)} ${origin}`;
    let joined = this.#vaults.get(name);
    if (joined === undefined) {
      if (this.#vaults.size >= VAULTS_MAX) this.#vaults.clear();
      const transport = this.#options.connect(origin);
      const sign = this.signFor(vault);
      joined = new JoinedNotices((notices) => {
        const signal = AbortSignal.timeout(this.#options.limits.noticeMsMax);
        const options = { params: {}, query: {}, body: { notices }, sign, signal };
        return callEndpoint(postNotices, options, transport);
      });
      this.#vaults.set(name, joined);
    }
    return joined;
  }
}

/** Whether any comes true; it does not wait for the others then. */
function firstTrue(promises: readonly Promise<boolean>[]): Promise<boolean> {
  const successes = promises.map((promise) =>
    promise.then((done) => {
      if (!done) throw new Error('not this one');
      return true;
    }),
  );
  return Promise.any(successes).catch(async () => {
    // A bug in one of them is thrown here; refusals were logged.
    await Promise.all(promises);
    return false;
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
