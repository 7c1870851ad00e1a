import { slotKey } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type ChartId,
  type Digest,
  defineFormat,
  type Ed25519KeyPair,
  equalBytes,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Realm,
  SEAL_OVERHEAD_BYTES,
  type SealingKey,
  tagged,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { type Authority, authorityField, chartId } from '../header/chart-header.ts';
import { isSucceeded, type ProvedValues, successionKeys } from '../header/current.ts';
import { CHART_LIMITS } from '../limits.ts';
import { verifyShare } from './dealing.ts';

/** A share on its way from the owner to one custodian; `ck` signs it. */
export const Deal = defineFormat('deal', 1, {
  chart: field.bytes(32),
  authority: authorityField,
  commitments: field.list(field.bytes(32), { min: 1, max: CHART_LIMITS.custodiansMax }),
  index: field.integer(1, CHART_LIMITS.custodiansMax),
  custodian: field.bytes(ACCOUNT_ID_BYTES),
  sealedShare: field.bytes(SEAL_OVERHEAD_BYTES + 32),
  /** Who had the chart before its dealer, by cold rotations; the first made the chart's id. */
  predecessors: field.later(
    field.list(authorityField, { min: 1, max: CHART_LIMITS.successionsMax }),
  ),
});
export type Deal = FormatOf<typeof Deal>;

export const SignedDeal = defineFormat('signed-deal', 1, {
  deal: field.bytesBetween(1, 16 * 1024),
  signature: field.bytes(64),
});
export type SignedDeal = FormatOf<typeof SignedDeal>;

/** A custodian's word that it holds a good share. The header waits for all of them. */
export const DealReceipt = defineFormat('deal-receipt', 1, {
  chart: field.bytes(32),
  q: field.bytes(32),
  index: field.integer(1, CHART_LIMITS.custodiansMax),
  custodian: field.bytes(ACCOUNT_ID_BYTES),
  signature: field.bytes(64),
});
export type DealReceipt = FormatOf<typeof DealReceipt>;

/** All that a custodian keeps for a chart. */
export interface KeptShare {
  readonly q: Uint8Array;
  readonly chart: ChartId;
  readonly index: number;
  readonly share: Uint8Array;
}

interface SharePlace {
  readonly chart: ChartId;
  readonly q: Uint8Array;
  readonly index: number;
  readonly custodian: AccountId;
}

function shareContext({ chart, q, index, custodian }: SharePlace, realm: Realm): Digest {
  return hash('share-seal', [chart, q, index, custodian], realm);
}

export interface DealInput {
  readonly authority: Authority;
  readonly chart: ChartId;
  readonly commitments: readonly Uint8Array[];
  readonly index: number;
  readonly share: Uint8Array;
  readonly custodian: AccountId;
  readonly custodianKey: SealingKey;
  /** Those who had the chart before, where it has been taken back by its cold key. */
  readonly predecessors?: readonly Authority[] | null;
}

/** Seals and signs one share. */
export async function dealShare(
  input: DealInput,
  ck: Ed25519KeyPair,
  realm: Realm,
): Promise<SignedDeal> {
  const { authority, chart, commitments, index, custodian } = input;
  const info = shareContext({ chart, q: commitments[0]!, index, custodian }, realm);
  const sealedShare = await realm.crypto.kem.seal(input.share, { to: input.custodianKey, info });
  const predecessors = input.predecessors?.length ? input.predecessors : null;
  const place = { chart, authority, commitments, index, custodian };
  const deal = Deal.encode({ ...place, sealedShare, predecessors });
  const signature = realm.crypto.ed25519.sign(tagged('deal', deal), ck.secretKey);
  return { deal, signature };
}

/** A custodian as it accepts deals. */
export interface DealReceiver {
  readonly custodian: AccountId;
  readonly key: OpeningKey;
  /** Proves state keys; without it no deal after a cold rotation is accepted. */
  readonly prove?: (keys: readonly Uint8Array[]) => Promise<ProvedValues>;
}

/** Whether the ledger proves that each cold key named the next dealer, and the last none. */
async function isSuccessor(
  { chart, authority, predecessors }: Deal,
  { prove }: DealReceiver,
  realm: Realm,
): Promise<boolean> {
  if (predecessors === null) return true;
  if (prove === undefined) return false;
  const succession = { chart, authority, predecessors };
  const state = await prove(successionKeys(succession));
  return isSucceeded(succession, state, realm) && state.bytes(slotKey(authority.cold)) === null;
}

/**
 * What a custodian does with a deal: checks who dealt, that the share is its own, and that it fits.
 *
 * @throws WardError `CHART_MISMATCH`, `CHART_SIGNATURE`, `SEAL_INVALID`, `SHARE_INVALID`.
 */
export async function acceptDeal(
  { deal: bytes, signature }: SignedDeal,
  own: DealReceiver,
  realm: Realm,
): Promise<KeptShare> {
  const deal = Deal.decode(bytes);
  const { chart, authority, commitments, index, custodian } = deal;
  const first = deal.predecessors?.[0] ?? authority;
  const isOfChart = equalBytes(chartId(first, realm), chart);
  if (!isOfChart || !equalBytes(custodian, own.custodian)) throw refuse('CHART_MISMATCH');
  if (!realm.crypto.ed25519.verify(signature, tagged('deal', bytes), authority.ck)) {
    throw refuse('CHART_SIGNATURE');
  }
  if (!(await isSuccessor(deal, own, realm))) throw refuse('CHART_MISMATCH');
  const q = commitments[0]!;
  const info = shareContext({ chart, q, index, custodian }, realm);
  const share = await realm.crypto.kem.open(deal.sealedShare, { with: own.key, info });
  verifyShare({ share, index }, commitments, realm.crypto);
  return { q, chart, index, share };
}

function receiptBytes(
  { chart, q, index }: { chart: ChartId; q: Uint8Array; index: number },
  custodian: AccountId,
  realm: Realm,
): Uint8Array {
  return tagged('deal-receipt', hash('deal-receipt', [chart, q, index, custodian], realm));
}

/** Signs for a share that was checked. */
export function receiptDeal(
  kept: KeptShare,
  custodian: { id: AccountId; keyPair: Ed25519KeyPair },
  realm: Realm,
): DealReceipt {
  const message = receiptBytes(kept, custodian.id, realm);
  const signature = realm.crypto.ed25519.sign(message, custodian.keyPair.secretKey);
  const { chart, q, index } = kept;
  return { chart, q, index, custodian: custodian.id, signature };
}

/** Whether a custodian signed for this share of this key. */
export function verifyDealReceipt(
  receipt: DealReceipt,
  expected: { chart: ChartId; q: Uint8Array; index: number; custodian: AccountId },
  publicKey: Uint8Array,
  realm: Realm,
): boolean {
  const isExpected =
    equalBytes(receipt.chart, expected.chart) &&
    equalBytes(receipt.q, expected.q) &&
    receipt.index === expected.index &&
    equalBytes(receipt.custodian, expected.custodian);
  const message = receiptBytes(expected, expected.custodian, realm);
  return isExpected && realm.crypto.ed25519.verify(receipt.signature, message, publicKey);
}

/** A share as a custodian that leaves hands it on: sealed to its successor. */
export interface HandedShare {
  readonly chart: ChartId;
  readonly q: Uint8Array;
  readonly index: number;
  readonly sealedShare: Uint8Array;
}

/** Seals a kept share to the custodian that takes it over. */
export async function handShareOn(
  { chart, q, index, share }: KeptShare,
  to: { custodian: AccountId; key: SealingKey },
  realm: Realm,
): Promise<HandedShare> {
  const info = shareContext({ chart, q, index, custodian: to.custodian }, realm);
  const sealedShare = await realm.crypto.kem.seal(share, { to: to.key, info });
  return { chart, q, index, sealedShare };
}

/**
 * Opens a share that was handed on. That it fits its release key, the header's commitments show
 * when it is used: a custodian does not keep them.
 *
 * @throws WardError `SEAL_INVALID`, `SHARE_INVALID` for anything but 32 bytes.
 */
export async function takeShareOver(
  { chart, q, index, sealedShare }: HandedShare,
  own: { custodian: AccountId; key: OpeningKey },
  realm: Realm,
): Promise<KeptShare> {
  const info = shareContext({ chart, q, index, custodian: own.custodian }, realm);
  const share = await realm.crypto.kem.open(sealedShare, { with: own.key, info });
  if (share.length !== 32) throw refuse('SHARE_INVALID', { index });
  return { q, chart, index, share };
}
