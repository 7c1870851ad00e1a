import { NOTICES_PER_REQUEST_MAX, type NoticeBatch, type NoticeRefusals } from '@ward/charts';
import { errorCatalogue, refuseProtocol, WardError, word } from '@ward/protocol';
import { untilJoined } from '@ward/server';

export type SealedNotice = NoticeBatch['notices'][number];

/** Sends notices to one vault in one request. */
export type SendNotices = (notices: readonly SealedNotice[]) => Promise<NoticeRefusals>;

/** Notices that go out together, and what the vault says to each. */
interface Round {
  readonly notices: SealedNotice[];
  readonly refusals: Promise<NoticeRefusals['refusals']>;
}

/**
 * Notices to one vault. While a request is on its way, those that come gather and go out together:
 * under load many openings cost one request, one signature and one flush to disk. Each is answered
 * for by itself, and only when the vault has said so.
 */
export class JoinedNotices {
  readonly #send: SendNotices;
  readonly #waitMsMax: number | undefined;
  #onItsWay: Promise<unknown> | undefined;
  #waiting: Round | undefined;

  /** @param waitMsMax How long notices wait for a request that is on its way. */
  constructor(send: SendNotices, waitMsMax?: number) {
    this.#send = send;
    this.#waitMsMax = waitMsMax;
  }

  /**
   * Resolves when the vault has taken the notice.
   *
   * @throws WardError the vault's refusal of this notice, or `ANSWER_INVALID`; to all that went
   * out together, what the request was refused with.
   */
  async post(notice: SealedNotice): Promise<void> {
    this.#waiting ??= this.#begin();
    const { notices, refusals } = this.#waiting;
    const position = notices.push(notice) - 1;
    if (notices.length === NOTICES_PER_REQUEST_MAX) this.#waiting = undefined;
    const code = (await refusals)[position];
    if (code !== null) throw refusalOf(code);
  }

  #begin(): Round {
    const notices: SealedNotice[] = [];
    return { notices, refusals: this.#ask(notices) };
  }

  async #ask(notices: readonly SealedNotice[]): Promise<NoticeRefusals['refusals']> {
    await untilJoined(this.#onItsWay, this.#waitMsMax);
    // From here on notices gather for the next round.
    if (this.#waiting?.notices === notices) this.#waiting = undefined;
    const sent = this.#send(notices);
    const done = () => {
      if (this.#onItsWay === onItsWay) this.#onItsWay = undefined;
    };
    const onItsWay = sent.then(done, done);
    this.#onItsWay = onItsWay;
    return (await sent).refusals;
  }
}

/** What a vault says against a notice; nothing said, or no code that this software knows. */
function refusalOf(code: string | undefined): WardError {
  const kind = code === undefined ? undefined : errorCatalogue().get(code);
  if (kind === undefined)
    return refuseProtocol('ANSWER_INVALID', { endpoint: word('post-notices') });
  return new WardError(code!, kind, {});
}
