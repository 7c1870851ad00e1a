import {
  believeAcross,
  type Crypto,
  ForkEvidence,
  formatTrustRoot,
  LightBlock,
  type LightClientRules,
  makeForkEvidence,
  TrustedChain,
  TrustRoot,
  toHex,
  trustFirstBlock,
  verifyForkEvidence,
  WardError,
} from '@ward/protocol';
import { testValidators } from '@ward/testkit/light-blocks';
import { RotatingChain } from '@ward/testkit/rotating-chain';
import type { VectorFile, VectorJson } from './vector-file.ts';

const CHAIN = 'ward-vectors-1';
const START = 1_800_000_000;
const RULES = { chain: CHAIN, trustingPeriodSeconds: 1_209_600, clockDriftSeconds: 10 };
const FIRST = 1;
const NOW = START + 100;
const VALIDATORS = 4;
const TARGETS = [2, 3, 4, 9, 12];

/** Bisection over a chain whose validators change, trust roots, evidence of forks. */
export async function lightClientVectors(crypto: Crypto): Promise<VectorFile> {
  const options = { chain: CHAIN, start: START, validators: VALIDATORS, seed: 3, crypto };
  const chain = new RotatingChain(options);
  const appHash = new Uint8Array(32).fill(9);
  const targets: VectorJson[] = [];
  for (const height of TARGETS) {
    targets.push(await judge(`${height - 1} ahead`, chain.blockAt(height), chain, crypto));
  }
  const strangers = new RotatingChain({ ...options, seed: 4 });
  targets.push(await judge('strangers', strangers.blockAt(12), chain, crypto));
  targets.push(await judge('strangers, next', strangers.blockAt(2), chain, crypto));
  const content = {
    rules: RULES,
    now: NOW,
    first: FIRST,
    blocks: blocksOf(chain),
    targets,
    ...rootVectors(chain, crypto),
    ...forkVectors(chain, chain.forkedFrom({ from: 5, appHash }), crypto),
  };
  return { path: 'protocol/light-client.json', content };
}

function blocksOf(chain: RotatingChain): { [height: string]: string } {
  const heights = Array.from({ length: 12 }, (_, i) => i + 1);
  return Object.fromEntries(
    heights.map((height) => [String(height), toHex(LightBlock.encode(chain.blockAt(height)))]),
  );
}

function begin(chain: RotatingChain, crypto: Crypto): TrustedChain {
  const named = { height: FIRST, hash: chain.hashAt(FIRST) };
  const first = trustFirstBlock(chain.blockAt(FIRST), named, RULES, crypto);
  return new TrustedChain(first, RULES, crypto);
}

async function judge(
  name: string,
  block: LightBlock,
  chain: RotatingChain,
  crypto: Crypto,
): Promise<VectorJson> {
  const asked: number[] = [];
  const fetch = async (height: number) => {
    asked.push(height);
    return chain.blockAt(height);
  };
  let code: string | null = null;
  try {
    await believeAcross(begin(chain, crypto), block, { floor: FIRST, now: NOW, fetch });
  } catch (error) {
    code = codeOf(error);
  }
  return { name, bytes: toHex(LightBlock.encode(block)), asked, code };
}

function codeOf(error: unknown): string {
  if (!(error instanceof WardError)) throw error;
  return error.code;
}

function rootVectors(chain: RotatingChain, crypto: Crypto) {
  const root = {
    network: new Uint8Array(32).fill(0x11),
    chain: CHAIN,
    height: 12,
    hash: chain.hashAt(12),
  };
  const far = { ...root, chain: 'x'.repeat(50), height: Number.MAX_SAFE_INTEGER };
  const written = (one: TrustRoot) => ({
    root: TrustRoot.toJson(one) as VectorJson,
    text: formatTrustRoot(one, crypto),
  });
  const text = formatTrustRoot(root, crypto);
  const refusedRoots = [
    { name: 'nothing', text: '' },
    { name: 'no prefix', text: text.slice(6) },
    { name: 'small letters', text: text.toLowerCase() },
    { name: 'one character is another', text: text.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) },
    { name: 'cut', text: text.slice(0, -8) },
    { name: 'longer', text: `${text}AAAAAAAA` },
    { name: 'another alphabet', text: `${text.slice(0, -1)}1` },
  ];
  return { roots: [written(root), written(far)], refusedRoots };
}

function forkVectors(chain: RotatingChain, twin: RotatingChain, crypto: Crypto) {
  const common = (height: number) => ({
    header: chain.blockAt(height).header,
    nextValidators: chain.blockAt(height).nextValidators,
  });
  const shown = (name: string, from: number, blocks: readonly LightBlock[]) => {
    const evidence = makeForkEvidence(common(from), blocks);
    return { name, evidence, bytes: toHex(ForkEvidence.encode(evidence)) };
  };
  const good = [
    shown('two headers of one height', 4, [chain.blockAt(5), twin.blockAt(5)]),
    shown('two headers of one height, from afar', 3, [chain.blockAt(5), twin.blockAt(5)]),
    shown('neighbours that are not linked', 4, [chain.blockAt(5), twin.blockAt(6)]),
    shown('the next block, which names another', 5, [twin.blockAt(6)]),
  ];
  const [stranger] = testValidators([10], { seed: 9, crypto });
  const bad = [
    shown('the same header twice', 4, [chain.blockAt(5), chain.blockAt(5)]),
    shown('neighbours that are linked', 4, [chain.blockAt(5), chain.blockAt(6)]),
    shown('two headers that may both be', 4, [chain.blockAt(5), twin.blockAt(7)]),
    shown('the next block, which is linked', 4, [chain.blockAt(5)]),
    shown('from too far', 1, [chain.blockAt(5), twin.blockAt(5)]),
    shown('a block below the common one', 5, [chain.blockAt(4), twin.blockAt(6)]),
  ];
  const { evidence } = good[0]!;
  const named = { ...evidence.common, nextValidators: [{ ...stranger!, power: 10 }] };
  const other = ForkEvidence.encode({ ...evidence, common: named });
  const refused = [...bad, { name: 'other validators', bytes: toHex(other) }];
  return {
    forks: good.map(({ name, bytes, evidence }) => {
      const fork = verifyForkEvidence(evidence, RULES, crypto);
      return {
        name,
        bytes,
        common: toHex(fork.common.hash),
        height: fork.height,
        hashes: fork.hashes.map(toHex),
        doubleSigners: fork.doubleSigners.map(toHex),
      };
    }),
    refusedForks: refused.map(({ name, bytes }) => ({
      name,
      bytes,
      code: refusal(bytes, RULES, crypto),
    })),
  };
}

function refusal(bytes: string, rules: LightClientRules, crypto: Crypto): string {
  try {
    const found = Uint8Array.from(Buffer.from(bytes, 'hex'));
    verifyForkEvidence(ForkEvidence.decode(found), rules, crypto);
  } catch (error) {
    return codeOf(error);
  }
  throw new Error('the evidence is good');
}
