import { CborReader, MAJOR } from '../cbor/reader.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { ACCOUNT_ID_BYTES, type AccountId } from '../units.ts';
import { TransactionBody, TransactionEnvelope } from './body.ts';

/**
 * Account that an envelope names as its first signer, found without opening the rest: for whoever
 * only asks whose it is. What stands behind it may be of any form.
 *
 * @param envelope Not changed afterwards: what is returned is a view of it.
 * @throws WardError `CBOR_*`, `FORMAT_*` for what is no envelope up to there.
 */
export function firstSigner(envelope: Uint8Array): AccountId {
  const outer = new CborReader(envelope, 0, envelope.length, true);
  enter(outer, TransactionEnvelope);
  const body = outer.byteString();
  if (body === undefined) throw refuse('FORMAT_TYPE', at(outer, TransactionEnvelope));
  const inner = new CborReader(body, 0, body.length, true);
  enter(inner, TransactionBody);
  const isThere =
    inner.skipString(MAJOR.bytes) &&
    inner.skipString(MAJOR.text) &&
    inner.count(MAJOR.list) > 0 &&
    inner.count(MAJOR.list) > 0;
  const account = isThere ? inner.byteString() : undefined;
  if (account === undefined) throw refuse('FORMAT_TYPE', at(inner, TransactionBody));
  if (account.length !== ACCOUNT_ID_BYTES) throw refuse('FORMAT_RANGE', at(inner, TransactionBody));
  return account;
}

type Whole = typeof TransactionEnvelope | typeof TransactionBody;

/** Goes behind the version of a format. */
function enter(reader: CborReader, format: Whole): void {
  if (reader.count(MAJOR.list) < 0) throw refuse('FORMAT_TYPE', at(reader, format));
  const version = reader.integer();
  if (version === undefined) throw refuse('FORMAT_TYPE', at(reader, format));
  if (version !== format.version) throw refuse('FORMAT_VERSION', { format: format.name, version });
}

function at({ at: offset }: CborReader, { name: format }: Whole) {
  return { format, offset };
}
