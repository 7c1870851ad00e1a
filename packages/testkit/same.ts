/** Throws with what differs; in Node and in browsers alike. */
export function same(what: string, found: unknown, wanted: unknown): void {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value) ?? 'nothing');
  if (one !== other) throw new Error(`${what}: ${one}, wanted ${other}`);
}
