import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  type Ed25519KeyPair,
  equalBytes,
  errorCatalogue,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Realm,
  type SealingKey,
  type Seconds,
  tagged,
  WardError,
} from '@ward/protocol';
import { refuse as refuseChart } from '../errors.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { verifyShareAnswer } from '../release/share-proof.ts';

/** A custodian's signed word on one entry: what it decided, by which rules. */
export const OpeningReceipt = defineFormat('opening-receipt', 1, {
  /** Value of the entry's slot: all that others learn from a receipt. */
  entry: field.bytes(DIGEST_BYTES),
  custodian: field.bytes(ACCOUNT_ID_BYTES),
  decideVersion: field.integer(1),
  /** PERMITTED or the code of the refusal. */
  verdict: field.text(64),
  time: field.integer<Seconds>(),
  signature: field.bytes(64),
});
export type OpeningReceipt = FormatOf<typeof OpeningReceipt>;

/** What a custodian answers, sealed to the response key of the entry. */
export const OpeningAnswer = defineFormat('opening-answer', 1, {
  receipt: OpeningReceipt.schema,
  /** One for each release key that the units stand under; empty for a refusal. */
  released: field.list(
    field.struct({
      q: field.bytes(32),
      index: field.integer(1, LIMITS.custodiansMax),
      points: field.list(field.struct({ label: field.bytes(32), point: field.bytes(32) }), {
        min: 1,
        max: LIMITS.unitsPerOpeningMax,
      }),
      proof: field.struct({ c: field.bytes(32), s: field.bytes(32) }),
    }),
    { max: LIMITS.releasesMax },
  ),
});
export type OpeningAnswer = FormatOf<typeof OpeningAnswer>;
export type ReleasedPoints = OpeningAnswer['released'][number];

type UnsignedReceipt = Omit<OpeningReceipt, 'signature'>;

function receiptBytes(receipt: UnsignedReceipt, realm: Realm): Uint8Array {
  const { entry, custodian, decideVersion, verdict, time } = receipt;
  const parts = [entry, custodian, decideVersion, verdict, time];
  return tagged('opening-receipt', hash('opening-receipt', parts, realm));
}

export function signReceipt(
  receipt: UnsignedReceipt,
  keyPair: Ed25519KeyPair,
  realm: Realm,
): OpeningReceipt {
  const signature = realm.crypto.ed25519.sign(receiptBytes(receipt, realm), keyPair.secretKey);
  return { ...receipt, signature };
}

/** @param publicKey The custodian's receipt key, from its organisation's record. */
export function verifyReceipt(
  receipt: OpeningReceipt,
  publicKey: Uint8Array,
  realm: Realm,
): boolean {
  return realm.crypto.ed25519.verify(receipt.signature, receiptBytes(receipt, realm), publicKey);
}

interface AnswerPlace {
  readonly entry: Digest;
  readonly custodian: AccountId;
}

function sealContext({ entry, custodian }: AnswerPlace, realm: Realm): Digest {
  return hash('opening-answer-seal', [entry, custodian], realm);
}

export function sealAnswer(answer: OpeningAnswer, to: SealingKey, realm: Realm) {
  const info = sealContext(answer.receipt, realm);
  return realm.crypto.kem.seal(OpeningAnswer.encode(answer), { to, info });
}

export interface ExpectedAnswer extends AnswerPlace {
  /** Secret half of the entry's response key. */
  readonly key: OpeningKey;
  /** The custodian's receipt key. */
  readonly publicKey: Uint8Array;
  /** For each release key: public key of this custodian's share, and the points asked for. */
  readonly expected: readonly {
    readonly q: Uint8Array;
    readonly index: number;
    readonly sharePublicKey: Uint8Array;
    readonly points: readonly { readonly label: Digest; readonly u: Uint8Array }[];
  }[];
}

/**
 * Opens and verifies a custodian's answer.
 *
 * @throws WardError the refusal that it signed, `SHARE_PROOF_INVALID`, `SEAL_INVALID`.
 */
export async function openAnswer(
  sealed: Uint8Array,
  expected: ExpectedAnswer,
  realm: Realm,
): Promise<OpeningAnswer> {
  const info = sealContext(expected, realm);
  const opened = await realm.crypto.kem.open(sealed, { with: expected.key, info });
  const answer = OpeningAnswer.decode(opened);
  const { receipt } = answer;
  const isOwn =
    equalBytes(receipt.entry, expected.entry) &&
    equalBytes(receipt.custodian, expected.custodian) &&
    verifyReceipt(receipt, expected.publicKey, realm);
  if (!isOwn) throw refuseChart('SHARE_PROOF_INVALID');
  if (receipt.verdict !== 'PERMITTED') throw refusalOf(receipt.verdict);
  const isWhole = answer.released.length === expected.expected.length;
  if (!isWhole || !expected.expected.every((part, i) => isReleased(part, answer.released[i]!)))
    throw refuseChart('SHARE_PROOF_INVALID');
  return answer;

  function isReleased(part: ExpectedAnswer['expected'][number], released: ReleasedPoints) {
    const { points, proof, q, index } = released;
    const isAsked =
      equalBytes(q, part.q) &&
      index === part.index &&
      points.length === part.points.length &&
      points.every(({ label }, i) => equalBytes(label, part.points[i]!.label));
    const statement = {
      publicKey: part.sharePublicKey,
      inputs: part.points.map(({ u }) => u),
      entry: expected.entry,
    };
    const shares = { points: points.map(({ point }) => point), proof };
    return isAsked && verifyShareAnswer(shares, statement, realm.crypto);
  }
}

/** The error that a signed refusal stands for. */
function refusalOf(code: string): WardError {
  const kind = errorCatalogue().get(code);
  if (kind === undefined) return refuseChart('SHARE_PROOF_INVALID');
  return new WardError(code, kind, {});
}
