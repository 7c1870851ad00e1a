import { CBOR_TYPE, decodeUtf8, type Format, refuseProtocol } from '@ward/protocol';
import { refuse } from '../errors.ts';

/** Types of JSON, with or without parameters behind them. */
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * The value of a body by its content type.
 *
 * @throws WardError `BODY_TYPE_UNKNOWN`, `CBOR_*`, `FORMAT_*`, `JSON_INVALID`, `HEX_INVALID`,
 * `TEXT_INVALID`.
 */
export function decodeBody<T>(format: Format<T>, bytes: Uint8Array, type = ''): T {
  if (type.toLowerCase().startsWith(CBOR_TYPE)) return format.decode(bytes);
  if (!JSON_TYPE.test(type)) throw refuse('BODY_TYPE_UNKNOWN');
  return format.fromJson(parseJson(bytes, format));
}

function parseJson(bytes: Uint8Array, { name }: Format<unknown>): unknown {
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw refuseProtocol('JSON_INVALID', { format: name });
  }
}
