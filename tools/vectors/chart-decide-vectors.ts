import { type DecideInput, decide, OpeningRequest } from '@ward/charts';
import { type Crypto, defineFormat, stateProofField, toHex } from '@ward/protocol';
import { arrange, DECIDE_CASES } from '@ward/testkit/decide-cases';
import { codeOf } from '@ward/testkit/refusals';
import { seededCrypto } from './seeded-crypto.ts';
import type { VectorFile, VectorJson } from './vector-file.ts';

const ProofVector = defineFormat('decide-proof-vector', 1, { proof: stateProofField });

/** Long texts, each once: most of what the cases show is the same. */
class Pool {
  readonly texts: string[] = [];
  readonly #places = new Map<string, number>();

  add(text: string): number {
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    this.#places.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

function requestVector(request: OpeningRequest, pool: Pool): VectorJson {
  const json = OpeningRequest.toJson(request) as { readonly [field: string]: VectorJson };
  const { entry, grant, roster, header, manifests, ...rest } = json;
  return {
    ...rest,
    entry: pool.add(String(entry)),
    grant: pool.add(String(grant)),
    roster: pool.add(String(roster)),
    header: pool.add(String(header)),
    manifests: (manifests as readonly string[]).map((each) => pool.add(each)),
  };
}

function stateVector({ state }: DecideInput, pool: Pool): VectorJson {
  return {
    root: toHex(state.root),
    time: state.time,
    entriesProved: state.entriesProved,
    claims: state.claims.map(({ key, value, proof }) => ({
      key: toHex(key),
      value: value === null ? null : pool.add(toHex(value)),
      proof: toHex(ProofVector.encode({ proof })),
    })),
  };
}

/** For every rule of `decide` the input that it permits or refuses, with what it answers. */
export async function chartDecideVectors(): Promise<VectorFile> {
  const pool = new Pool();
  const cases: VectorJson[] = [];
  let network = '';
  for (const one of DECIDE_CASES) {
    // A clock that gives no time cannot be written down.
    if (one.name.includes('gives no time')) continue;
    const crypto: Crypto = await seededCrypto(7);
    const { input, clock, realm } = await arrange(one, crypto);
    network = toHex(realm.network);
    const code = codeOf(() => decide(input, clock, realm)) ?? null;
    if (code !== one.code) throw new Error(`${one.name}: ${code}`);
    const points = code === null ? decide(input, clock, realm) : [];
    cases.push({
      name: one.name,
      code,
      clock,
      asker: { account: toHex(input.asker.account), publicKey: toHex(input.asker.publicKey) },
      request: requestVector(input.request, pool),
      state: stateVector(input, pool),
      points: points.map(({ label, u, q }) => [label, u, q].map(toHex)),
    });
  }
  return { path: 'charts/decide.json', content: { network, pool: pool.texts, cases } };
}
