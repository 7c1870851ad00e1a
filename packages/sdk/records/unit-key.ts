import { openUnitKey, type ParsedManifest } from '@ward/charts';
import type { OpeningKey, Realm } from '@ward/protocol';

interface OpenedKey {
  readonly epochKey: OpeningKey;
  readonly k1: Uint8Array;
}

/** Who lists the units of a chart and then opens them needs k1 of each twice. */
const opened = new WeakMap<ParsedManifest, OpenedKey>();

/**
 * k1 of a unit; opened once for as long as somebody has the manifest.
 *
 * @throws WardError `SEAL_INVALID`.
 */
export async function unitKeyOf(
  parsed: ParsedManifest,
  epochKey: OpeningKey,
  realm: Realm,
): Promise<Uint8Array> {
  const known = opened.get(parsed);
  if (known?.epochKey === epochKey) return known.k1;
  const k1 = await openUnitKey(parsed, epochKey, realm);
  opened.set(parsed, { epochKey, k1 });
  return k1;
}
