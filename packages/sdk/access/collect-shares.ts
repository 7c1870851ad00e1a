import {
  askOpening,
  combineShares,
  findRelease,
  type IndexedPoint,
  type OpeningAnswer,
  type OpeningReceipt,
  openAnswer,
  type Release,
  refuseChart,
  sealOpeningRequest,
  sharePublicKey,
} from '@ward/charts';
import {
  type AccountId,
  type Crypto,
  callRaw,
  collectBody,
  type Digest,
  type OpeningKey,
  toHex,
  WardError,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { UnitSummary } from '../records/unit-summary.ts';
import type { GrantedView } from './granted-view.ts';

const ANSWER_BYTES_MAX = 1024 * 1024;

export interface CollectInput {
  readonly view: GrantedView;
  /** Value of the entry's slot. */
  readonly entry: Digest;
  /** Opens the answers. */
  readonly responseKey: OpeningKey;
  /** Units in the order of their labels. */
  readonly units: readonly UnitSummary[];
  /** The encoded request, the same for every custodian. */
  readonly request: Uint8Array;
}

export interface CollectedShares {
  /** k2 by label. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly receipts: readonly OpeningReceipt[];
}

/** Units that stand under one release key, which its custodians answer together. */
interface ReleaseGroup {
  readonly q: Uint8Array;
  readonly release: Release;
  readonly points: readonly { readonly label: Digest; readonly u: Uint8Array }[];
}

interface Custodian {
  readonly organisation: AccountId;
  /** The groups of which it holds a share, in the order in which it answers. */
  readonly groups: readonly { readonly group: ReleaseGroup; readonly index: number }[];
}

/**
 * Asks custodians until enough have answered: first as many as are needed, then one more for each
 * that fails. Each answer is verified before it counts.
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
  const failures: WardError[] = [];
  const waiting = custodiansOf(groups);
  while (!groups.every((group) => countFor(group, answers) >= needed(group))) {
    const missing = Math.max(...groups.map((group) => needed(group) - countFor(group, answers)));
    const round = waiting.splice(0, missing);
    if (round.length === 0) throw failureOf(failures, groups, answers);
    await Promise.all(
      round.map(async (custodian) => {
        try {
          answers.push({ custodian, answer: await ask(service, custodian, input, connection) });
        } catch (error) {
          if (!(error instanceof WardError)) throw error;
          failures.push(error);
        }
      }),
    );
  }
  return {
    keys: combineAll(groups, answers, connection),
    receipts: answers.map(({ answer }) => answer.receipt),
  };
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

async function ask(
  service: KeyService,
  { organisation, groups }: Custodian,
  { entry, responseKey, request }: CollectInput,
  connection: Connection,
): Promise<OpeningAnswer> {
  const { realm } = service;
  const { custodian } = await connection.organisation(organisation);
  if (custodian === null) throw refuse('ENDPOINT_MISSING', { organisation: toHex(organisation) });
  const key = realm.crypto.kem.sealingKey(custodian.sealingKey);
  const { account, serviceKey: keyPair } = service;
  const asker = { account, keyPair, time: connection.now() };
  const to = { id: organisation, key };
  const body = await sealOpeningRequest(request, { asker, custodian: to }, realm);
  const server = await connection.server(organisation, 'custodian');
  const answer = await callRaw(askOpening, { params: {}, query: {}, body }, server);
  const sealed = await collectBody(answer, ANSWER_BYTES_MAX);
  const expected = groups.map(({ group, index }) => ({
    q: group.q,
    index,
    points: group.points,
    sharePublicKey: shareKeyOf(group.release, index, realm.crypto),
  }));
  return openAnswer(
    sealed ?? new Uint8Array(0),
    { entry, custodian: organisation, key: responseKey, publicKey: custodian.publicKey, expected },
    realm,
  );
}

/** By release and index; they follow from the header, which is the same for many openings. */
const shareKeys = new WeakMap<Release, Map<number, Uint8Array>>();

function shareKeyOf(release: Release, index: number, crypto: Crypto): Uint8Array {
  const known = shareKeys.get(release) ?? new Map<number, Uint8Array>();
  shareKeys.set(release, known);
  const key = known.get(index) ?? sharePublicKey(release.commitments, index, crypto);
  known.set(index, key);
  return key;
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
  failures: readonly WardError[],
  groups: readonly ReleaseGroup[],
  answers: Answers,
): WardError {
  const refusals = failures.filter(({ code }) => !NO_REFUSALS.has(code));
  const most = Math.max(...groups.map(needed));
  const counts = new Map<string, number>();
  for (const { code } of refusals) counts.set(code, (counts.get(code) ?? 0) + 1);
  const [[code, count] = ['', 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  const refusal = refusals.find((error) => error.code === code);
  if (refusal !== undefined && count > answers.length) return refusal;
  return refuseChart('SHARES_TOO_FEW', { answered: answers.length, needed: most });
}

/** Failures of a server or of what it answered. */
const NO_REFUSALS = new Set([
  'SERVER_UNREACHABLE',
  'ANSWER_INVALID',
  'ENDPOINT_MISSING',
  'SEAL_INVALID',
  'SHARE_PROOF_INVALID',
]);
