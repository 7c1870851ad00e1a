import {
  askOpening,
  type OpeningAnswer,
  openAnswer,
  type Release,
  sealOpeningRequest,
  sharePublicKey,
} from '@ward/charts';
import {
  type AccountId,
  type Crypto,
  callRaw,
  collectBody,
  type Digest,
  equalBytes,
  hasCode,
  type OpeningKey,
  toHex,
} from '@ward/protocol';
import { promptTransport } from '@ward/protocol/prompt-transport';
import type { Connection } from '../connection/connection.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';

const ANSWER_BYTES_MAX = 1024 * 1024;
/** How long a custodian may say nothing: it asks a node and tells the owner before it answers. */
const CUSTODIAN_SILENCE_MS = 10_000;

/** Units that stand under one release key, which its custodians answer together. */
export interface ReleaseGroup {
  readonly q: Uint8Array;
  readonly release: Release;
  readonly points: readonly { readonly label: Digest; readonly u: Uint8Array }[];
}

/** A custodian as the header lists it. */
export interface Custodian {
  readonly organisation: AccountId;
  /** The groups of which it holds a share, in the order in which it answers. */
  readonly groups: readonly { readonly group: ReleaseGroup; readonly index: number }[];
}

/** What every custodian is asked. */
export interface CustodianQuestion {
  /** Value of the entry's slot. */
  readonly entry: Digest;
  /** Opens the answers. */
  readonly responseKey: OpeningKey;
  /** The encoded request, the same for every custodian. */
  readonly request: Uint8Array;
}

/**
 * Asks a custodian for its shares, and verifies the answer. Where it has named a successor on the
 * ledger, it has handed its shares on, or is about to: the successor is asked first. A successor
 * that is a custodian of these units itself has a share of its own, and no other.
 *
 * @throws WardError the custodian's refusal, `SERVER_UNREACHABLE`, `ENDPOINT_MISSING`,
 * `SEAL_INVALID`, `ANSWER_INVALID`, `SHARE_PROOF_INVALID`.
 */
export async function askCustodian(
  service: KeyService,
  custodian: Custodian,
  question: CustodianQuestion,
  connection: Connection,
): Promise<OpeningAnswer> {
  const ask = (holder: AccountId) =>
    askHolder(service, { ...custodian, holder }, question, connection);
  const { successor } = await connection.organisation(custodian.organisation);
  if (successor === null || isListed(successor, custodian)) return ask(custodian.organisation);
  try {
    return await ask(successor);
  } catch (error) {
    if (!NOT_THERE.some((code) => hasCode(error, code))) throw error;
    return ask(custodian.organisation);
  }
}

/** A successor that does not have the share yet, or cannot be asked. */
const NOT_THERE = ['SHARE_UNKNOWN', 'SERVER_UNREACHABLE', 'ENDPOINT_MISSING'];

function isListed(organisation: AccountId, { groups }: Custodian): boolean {
  return groups.some(({ group }) =>
    group.release.custodians.some((each) => equalBytes(each.organisation, organisation)),
  );
}

async function askHolder(
  service: KeyService,
  { holder, groups }: Custodian & { readonly holder: AccountId },
  { entry, responseKey, request }: CustodianQuestion,
  connection: Connection,
): Promise<OpeningAnswer> {
  const { realm } = service;
  const { custodian } = await connection.organisation(holder);
  if (custodian === null) throw refuse('ENDPOINT_MISSING', { organisation: toHex(holder) });
  const key = realm.crypto.kem.sealingKey(custodian.sealingKey);
  const { account, serviceKey: keyPair } = service;
  const asker = { account, keyPair, time: connection.now() };
  const body = await sealOpeningRequest(request, { asker, custodian: { id: holder, key } }, realm);
  const transport = await connection.server(holder, 'custodian');
  const server = promptTransport(transport, CUSTODIAN_SILENCE_MS);
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
    { entry, custodian: holder, key: responseKey, publicKey: custodian.publicKey, expected },
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
