import {
  type Author,
  type Caption,
  openAuthor,
  openCaption,
  type ParsedManifest,
} from '@ward/charts';
import { type Account, isKeyActive } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  type Digest,
  equalBytes,
  type OpeningKey,
  type Seconds,
  toHex,
  WardError,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { unitKeyOf } from './unit-key.ts';
import type { FetchedUnit } from './walk.ts';

/** What is wrong with a unit; a unit with a problem is shown, not hidden. */
export type UnitProblem =
  /** The ledger proves it, no vault gives it. */
  | 'withheld'
  /** Its manifest, author or caption does not hold. */
  | 'invalid'
  /** Its author is no account of the organisation in whose slot it stands. */
  | 'author-unknown'
  /** It was written under a release key or for a chart that is not this one. */
  | 'foreign';

/** A unit as its chart's readers see it before they open it. */
export interface UnitSummary {
  readonly chart: ChartId;
  readonly epoch: number;
  /** Organisation in whose slot it stands; null for the owner's own. */
  readonly organisation: AccountId | null;
  /** Its number among the units of its source in its epoch. */
  readonly n: number;
  readonly time: Seconds;
  readonly commitment: Digest;
  readonly label: Digest | undefined;
  readonly recordCount: number;
  readonly caption: Caption | undefined;
  readonly author: Author | undefined;
  /** The owner has not listed its source yet. */
  readonly isUnsolicited: boolean;
  readonly isErased: boolean;
  readonly problem: UnitProblem | undefined;
  readonly parsed: ParsedManifest | undefined;
}

/** Where a unit was found, and what is known of its chart. */
export interface UnitPlace {
  readonly chart: ChartId;
  readonly epoch: number;
  readonly epochKey: OpeningKey;
  readonly organisation: AccountId | null;
  readonly isUnsolicited: boolean;
  /** Keys that the chart has or had: the owner's own units are signed by one of them. */
  readonly owners: readonly Uint8Array[];
  readonly isErased: (unit: FetchedUnit) => boolean;
}

/** Reads accounts from the ledger, each once. */
export class AccountReader {
  readonly #connection: Connection;
  readonly #known = new Map<string, Promise<Account | null>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  account(id: AccountId): Promise<Account | null> {
    let known = this.#known.get(toHex(id));
    if (known === undefined) {
      known = this.#connection.account(id);
      this.#known.set(toHex(id), known);
    }
    return known;
  }
}

/** Opens caption and author of a unit and checks both. */
export async function summarizeUnit(
  unit: FetchedUnit,
  place: UnitPlace,
  accounts: AccountReader,
  connection: Connection,
): Promise<UnitSummary> {
  const { parsed, n, time, commitment } = unit;
  const { chart, epoch, organisation, isUnsolicited } = place;
  const isErased = place.isErased(unit);
  const known = { chart, epoch, organisation, n, time, commitment, isUnsolicited, isErased };
  if (parsed === undefined) {
    return { ...known, ...NOTHING, problem: isErased ? undefined : unit.problem };
  }
  const { label, manifest } = parsed;
  const base = { ...known, label, parsed, recordCount: manifest.leaves.length };
  const isForeign = !equalBytes(manifest.chart, chart) || manifest.epoch !== epoch;
  if (isForeign) return { ...base, ...UNREAD, problem: 'foreign' };
  try {
    const { realm } = connection;
    const k1 = await unitKeyOf(parsed, place.epochKey, realm);
    const author = await openAuthor(parsed, k1, realm);
    const caption = await openCaption(parsed, k1, realm);
    const isKnown =
      organisation === null
        ? place.owners.some((owner) => equalBytes(owner, author.publicKey))
        : await isAuthor(author, { organisation, time }, accounts);
    return { ...base, author, caption, problem: isKnown ? undefined : 'author-unknown' };
  } catch (error) {
    if (!(error instanceof WardError) || error.kind.status === 503) throw error;
    return { ...base, ...UNREAD, problem: 'invalid' };
  }
}

const UNREAD = { author: undefined, caption: undefined } as const;
const NOTHING = {
  ...UNREAD,
  label: undefined,
  parsed: undefined,
  recordCount: 0,
} as const;

/** The author's key was one of an account of the organisation when the slot was written. */
async function isAuthor(
  author: Author,
  { organisation, time }: { organisation: AccountId; time: Seconds },
  accounts: AccountReader,
): Promise<boolean> {
  const account = await accounts.account(author.account);
  if (account === null || !equalBytes(account.organisation, organisation)) return false;
  return account.keys.some(
    (key) =>
      key.kind !== 'officer' &&
      equalBytes(key.publicKey, author.publicKey) &&
      isKeyActive(key, time),
  );
}
