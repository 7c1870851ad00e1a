import { isDeepStrictEqual } from 'node:util';
import { type Transport, WardError } from '@ward/protocol';
import { type Heard, Liar } from './liar.ts';
import { liesAbout, type NamedLie } from './lies.ts';
import { type Attempt, plain, type Scenario } from './scenario.ts';

/**
 * What became of a lie: the client refused it with a code, had the true result all the same, or had
 * one that says openly what is missing.
 */
export type Fate = 'rejected' | 'true' | 'shown';

/** A lie that was told, and what became of it. */
export interface ToldLie {
  readonly scenario: string;
  readonly endpoint: string;
  readonly call: number;
  readonly field: string;
  readonly lie: string;
  /** Anything else than a {@link Fate}: how the client failed. */
  readonly fate: Fate | 'FALSE' | 'CRASHED' | 'HUNG' | 'HARMED';
  /** Code of the refusal, or what went wrong. */
  readonly detail: string;
}

export interface TellOptions {
  readonly connect: (origin: string) => Transport;
  /** Tells only one lie in so many of those about each answer. */
  readonly oneIn?: number;
  /** Milliseconds after which a client hangs. */
  readonly hangMs?: number;
  readonly onLie?: (told: ToldLie) => void;
}

const HANG_MS = 15_000;
const CALLS_MAX = 8;

/** Tells every lie about every answer that a scenario uses, each to a new client. */
export async function* tellLies(scenario: Scenario, options: TellOptions): AsyncGenerator<ToldLie> {
  const teller = new Teller(scenario, options);
  await teller.hearTruth();
  for (const endpoint of scenario.lies) yield* teller.lieAt(endpoint);
}

class Teller {
  readonly #scenario: Scenario;
  readonly #options: TellOptions;
  readonly #liar: Liar;
  #heard = new Map<string, Heard[]>();

  constructor(scenario: Scenario, options: TellOptions) {
    this.#scenario = scenario;
    this.#options = options;
    this.#liar = new Liar(options.connect, scenario.isLying);
  }

  /** Runs the scenario twice in truth: the first run's answers are old for the second. */
  async hearTruth(): Promise<void> {
    for (let run = 0; run < 2; run++) {
      const attempt = await this.#scenario.begin(this.#liar.connect);
      this.#liar.listen();
      const claim = plain(await attempt.act());
      this.#heard = new Map(this.#liar.heard);
      const truth = plain(await attempt.truth());
      if (!isDeepStrictEqual(claim, truth)) {
        const shown = `${JSON.stringify(claim)} is not ${JSON.stringify(truth)}`;
        throw new Error(`${this.#scenario.name}: the honest run is not true: ${shown}`);
      }
    }
  }

  async *lieAt(endpoint: string): AsyncGenerator<ToldLie> {
    const calls = this.#heard.get(endpoint) ?? [];
    if (calls.length === 0) throw new Error(`${this.#scenario.name} never asks ${endpoint}`);
    for (const call of spread(calls.length, this.#scenario.callsMax ?? CALLS_MAX)) {
      const honest = calls[call]!;
      const others = this.#othersOf(honest);
      let number = 0;
      for (const lie of liesAbout({ honest, call, others })) {
        if (number++ % this.#oneIn !== 0) continue;
        const told = await this.#tell(lie);
        if (told !== undefined) yield told;
      }
    }
  }

  get #oneIn(): number {
    return (this.#options.oneIn ?? 1) * (this.#scenario.oneIn ?? 1);
  }

  /** Answers to the same question first: they are the likeliest to be believed. */
  #othersOf(honest: Heard): readonly Heard[] {
    const kept = this.#liar.kept.get(honest.endpoint.name) ?? [];
    const others = kept.filter((each) => each !== honest);
    const isSame = ({ question }: Heard) => question === honest.question;
    return [...others.filter(isSame), ...others.filter((each) => !isSame(each)).reverse()].slice(
      0,
      8,
    );
  }

  async #tell(lie: NamedLie): Promise<ToldLie | undefined> {
    const attempt = await this.#scenario.begin(this.#liar.connect);
    this.#liar.lie(lie);
    const outcome = await this.#outcomeOf(attempt);
    const wasTold = this.#liar.hasLied;
    this.#liar.repent();
    if (!wasTold) return undefined;
    const judged = 'claim' in outcome ? await this.#judge(attempt, outcome) : outcome;
    const isRepeated = isFate(judged.fate) && attempt.isRepeatable !== false;
    const harmed = isRepeated ? await this.#harmOf(attempt) : undefined;
    const told: ToldLie = {
      ...{ scenario: this.#scenario.name, endpoint: lie.endpoint, call: lie.call },
      ...{ field: lie.field, lie: lie.name, ...judged, ...harmed },
    };
    this.#options.onLie?.(told);
    return told;
  }

  async #outcomeOf(attempt: Attempt): Promise<Outcome> {
    const { hangMs = HANG_MS } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ fate: 'HUNG', detail: `${hangMs} ms` }), hangMs);
    });
    const acted = attempt.act().then((claim): Outcome => ({ claim: plain(claim) }), outcomeOfError);
    try {
      return await Promise.race([acted, hung]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #judge(attempt: Attempt, { claim }: Claimed): Promise<Judged> {
    const truth = plain(await attempt.truth());
    if (isDeepStrictEqual(claim, truth)) return { fate: 'true', detail: '' };
    if (attempt.isShown?.(claim, truth) === true) return { fate: 'shown', detail: '' };
    return { fate: 'FALSE', detail: difference(claim, truth) };
  }

  /** After the lie, honest servers: the same client must do what it could not, or do it again. */
  async #harmOf(attempt: Attempt): Promise<Judged | undefined> {
    const outcome = await this.#outcomeOf(attempt);
    if (!('claim' in outcome)) return { fate: 'HARMED', detail: outcome.detail };
    const judged = await this.#judge(attempt, outcome);
    return judged.fate === 'true' ? undefined : { fate: 'HARMED', detail: judged.detail };
  }
}

interface Judged {
  readonly fate: ToldLie['fate'];
  readonly detail: string;
}

/** What the client believes; whether that is true is still to be judged. */
interface Claimed {
  readonly claim: unknown;
}

type Outcome = Claimed | Judged;

function outcomeOfError(error: unknown): Judged {
  if (error instanceof WardError) return { fate: 'rejected', detail: error.code };
  return { fate: 'CRASHED', detail: String((error as Error).stack ?? error) };
}

function isFate(fate: string): fate is Fate {
  return ['rejected', 'true', 'shown'].includes(fate);
}

/** Indexes spread over a length, both ends among them. */
function spread(length: number, countMax: number): number[] {
  if (length <= countMax) return Array.from({ length }, (_, i) => i);
  const step = (length - 1) / Math.max(1, countMax - 1);
  return [...new Set(Array.from({ length: countMax }, (_, i) => Math.round(i * step)))];
}

const SHOWN_LENGTH = 300;

/** Where two values begin to differ. */
function difference(claim: unknown, truth: unknown): string {
  const [a, b] = [JSON.stringify(claim) ?? 'nothing', JSON.stringify(truth) ?? 'nothing'];
  let at = 0;
  while (at < Math.min(a.length, b.length) && a[at] === b[at]) at++;
  const from = Math.max(0, at - 60);
  const shown = (text: string) => text.slice(from, from + SHOWN_LENGTH);
  return `claimed …${shown(a)}, true …${shown(b)}`;
}
