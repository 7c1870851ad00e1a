import {
  combineShares,
  findRelease,
  type IndexedPoint,
  type OpeningAnswer,
  type OpeningReceipt,
  refuseChart,
} from '@ward/charts';
import {
  type AccountId,
  type Digest,
  refuseProtocol,
  toHex,
  WardError,
  word,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { within } from '../connection/pause.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import {
  askCustodian,
  type Custodian,
  type CustodianQuestion,
  type ReleaseGroup,
} from './ask-custodian.ts';
import type { GrantedView } from './granted-view.ts';

export interface CollectInput extends CustodianQuestion {
  readonly view: GrantedView;
  /** Units in the order of their labels. */
  readonly units: readonly UnitSummary[];
}

export interface CollectedShares {
  /** k2 by label. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly receipts: readonly OpeningReceipt[];
  /** Custodians that were asked and gave no share that counts. */
  readonly problems: readonly ShareProblem[];
}

/** A custodian that gave no share, and why: its refusal, or what was wrong with its answer. */
export interface ShareProblem {
  readonly custodian: AccountId;
  readonly error: WardError;
}

/** How long custodians are waited for before others are asked beside them. */
const SHARE_SILENCE_MS = 1500;

/**
 * Asks custodians until enough have answered: first as many as are needed, then one more for each
 * that fails or is silent. Each answer is verified before it counts.
 *
 * @throws WardError the refusal of the custodians where they agree on one, `SHARES_TOO_FEW`.
 */
export async function collectShares(
  service: KeyService,
  input: CollectInput,
  connection: Connection,
): Promise<CollectedShares> {
  const groups = groupUnits(input);
  const answers: { custodian: Custodian; answer: OpeningAnswer }[] = [];
  const problems: ShareProblem[] = [];
  const nameOf = ({ organisation }: Custodian) => `custodian ${toHex(organisation)}`;
  const waiting = connection.promptFirst(custodiansOf(groups), nameOf);
  const running = new Map<Custodian, Promise<void>>();
  const silent = new Set<Custodian>();
  const begin = async (custodian: Custodian) => {
    try {
      answers.push({
        custodian,
        answer: await askCustodian(service, custodian, input, connection),
      });
      connection.noteServer(nameOf(custodian), true);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      problems.push({ custodian: custodian.organisation, error });
    } finally {
      running.delete(custodian);
    }
  };
  for (;;) {
    const missing = Math.max(...groups.map((group) => needed(group) - countFor(group, answers)), 0);
    if (missing === 0) break;
    const active = [...running.keys()].filter((custodian) => !silent.has(custodian)).length;
    for (const custodian of waiting.splice(0, Math.max(0, missing - active))) {
      running.set(custodian, begin(custodian));
    }
    if (running.size === 0) throw failureOf(problems, groups, answers);
    const moved = Promise.race(running.values()).then(() => true);
    if ((await within(moved, SHARE_SILENCE_MS)) === true) continue;
    for (const custodian of running.keys()) {
      silent.add(custodian);
      connection.noteServer(nameOf(custodian), false);
    }
  }
  return {
    keys: combineAll(groups, answers, connection),
    receipts: answers.map(({ answer }) => answer.receipt),
    problems: withSilent(problems, [...running.keys()]),
  };
}

/** Who has not answered when enough others had was away. */
function withSilent(problems: readonly ShareProblem[], late: readonly Custodian[]): ShareProblem[] {
  const error = refuseProtocol('SERVER_UNREACHABLE');
  return [...problems, ...late.map(({ organisation: custodian }) => ({ custodian, error }))];
}

function groupUnits({ view, units }: CollectInput): ReleaseGroup[] {
  const groups = new Map<string, ReleaseGroup & { points: { label: Digest; u: Uint8Array }[] }>();
  for (const { parsed, n } of units) {
    if (parsed === undefined) throw refuse('UNIT_WITHHELD', { n });
    const { q, point } = parsed.manifest;
    const release = findRelease(view.current.header, q);
    if (release === undefined || point === null) continue;
    const name = toHex(q);
    if (!groups.has(name)) groups.set(name, { q, release, points: [] });
    groups.get(name)!.points.push({ label: parsed.label, u: point.u });
  }
  return [...groups.values()];
}

function custodiansOf(groups: readonly ReleaseGroup[]): Custodian[] {
  const found = new Map<
    string,
    { organisation: AccountId; groups: Custodian['groups'][number][] }
  >();
  for (const group of groups) {
    for (const { index, organisation } of group.release.custodians) {
      const name = toHex(organisation);
      if (!found.has(name)) found.set(name, { organisation, groups: [] });
      found.get(name)!.groups.push({ group, index });
    }
  }
  return [...found.values()];
}

function needed({ release }: ReleaseGroup): number {
  return release.commitments.length;
}

type Answers = readonly { readonly custodian: Custodian; readonly answer: OpeningAnswer }[];

function countFor(group: ReleaseGroup, answers: Answers): number {
  return answers.filter(({ custodian }) => custodian.groups.some((each) => each.group === group))
    .length;
}

/** k2 of every unit, from the first t answers of its release key. */
function combineAll(
  groups: readonly ReleaseGroup[],
  answers: Answers,
  { realm }: Connection,
): Map<string, Uint8Array> {
  const keys = new Map<string, Uint8Array>();
  for (const group of groups) {
    const parts = answers
      .flatMap(({ answer }) => answer.released)
      .filter(({ q }) => toHex(q) === toHex(group.q))
      .slice(0, needed(group));
    for (const [i, { label }] of group.points.entries()) {
      const points: IndexedPoint[] = parts.map(({ index, points: released }) => ({
        index,
        point: released[i]!.point,
      }));
      keys.set(toHex(label), combineShares(points, needed(group), realm.crypto));
    }
  }
  return keys;
}

/**
 * What most custodians said, if more refused than permitted; else that too few answered. A
 * custodian that does not answer, or whose answer does not verify, refused nothing.
 */
function failureOf(
  problems: readonly ShareProblem[],
  groups: readonly ReleaseGroup[],
  answers: Answers,
): WardError {
  const failures = problems.map(({ error }) => error);
  const refusals = failures.filter(({ code }) => !AWAY.has(code) && !WRONG.has(code));
  const counts = new Map<string, number>();
  for (const { code } of refusals) counts.set(code, (counts.get(code) ?? 0) + 1);
  const [[code, count] = ['', 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  const refusal = refusals.find((error) => error.code === code);
  if (refusal !== undefined && count > answers.length) return refusal;
  const first = problems.find(({ error }) => AWAY.has(error.code)) ?? problems[0];
  return refuseChart('SHARES_TOO_FEW', {
    answered: answers.length,
    needed: Math.max(...groups.map(needed)),
    away: failures.filter((error) => AWAY.has(error.code)).length,
    wrong: failures.filter((error) => WRONG.has(error.code)).length,
    custodian: first === undefined ? word('unknown') : toHex(first.custodian),
  });
}

/** Failures of a server. */
const AWAY = new Set(['SERVER_UNREACHABLE', 'ENDPOINT_MISSING']);
/** What is wrong with an answer that came. */
const WRONG = new Set(['ANSWER_INVALID', 'SEAL_INVALID', 'SHARE_PROOF_INVALID']);
