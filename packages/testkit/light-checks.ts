import {
  believeAcross,
  type Crypto,
  ForkEvidence,
  formatTrustRoot,
  headerHash,
  type Json,
  LightBlock,
  parseHex,
  parseTrustRoot,
  TrustedChain,
  TrustRoot,
  toHex,
  trustFirstBlock,
  verifyForkEvidence,
} from '@ward/protocol';
import { codeOf, codeOfAsync } from './refusals.ts';
import { same } from './same.ts';

/** The content of vectors/protocol/light-client.json. */
export interface LightClientFile {
  rules: { chain: string; trustingPeriodSeconds: number; clockDriftSeconds: number };
  now: number;
  blocks: { [height: string]: string };
  first: number;
  targets: { name: string; bytes: string; asked: number[]; code: string | null }[];
  roots: { root: Json; text: string }[];
  refusedRoots: { name: string; text: string }[];
  forks: {
    name: string;
    bytes: string;
    common: string;
    height: number;
    hashes: string[];
    doubleSigners: string[];
  }[];
  refusedForks: { name: string; bytes: string; code: string }[];
}

/** Bisection by the heights that it asks for, trust roots as text, evidence of forks. */
export async function checkLightClient(file: LightClientFile, crypto: Crypto): Promise<void> {
  for (const target of file.targets) await checkTarget(target, file, crypto);
  for (const { root, text } of file.roots) {
    same('root', TrustRoot.toJson(parseTrustRoot(text, crypto)), root);
    same('root as text', formatTrustRoot(TrustRoot.fromJson(root), crypto), text);
  }
  for (const { name, text } of file.refusedRoots) {
    same(
      name,
      codeOf(() => parseTrustRoot(text, crypto)),
      'TRUST_ROOT_INVALID',
    );
  }
  for (const one of file.forks) {
    const evidence = ForkEvidence.decode(parseHex(one.bytes));
    const fork = verifyForkEvidence(evidence, file.rules, crypto);
    same(`${one.name}: common`, toHex(fork.common.hash), one.common);
    same(`${one.name}: height`, fork.height, one.height);
    same(`${one.name}: hashes`, fork.hashes.map(toHex), one.hashes);
    same(`${one.name}: signers`, fork.doubleSigners.map(toHex), one.doubleSigners);
  }
  for (const { name, bytes, code } of file.refusedForks) {
    const work = () => verifyForkEvidence(ForkEvidence.decode(parseHex(bytes)), file.rules, crypto);
    same(name, codeOf(work), code);
  }
}

async function checkTarget(
  { name, bytes, asked, code }: LightClientFile['targets'][number],
  { rules, now, blocks, first }: LightClientFile,
  crypto: Crypto,
): Promise<void> {
  const blockAt = (height: number) => LightBlock.decode(parseHex(blocks[height]!));
  const root = blockAt(first);
  const named = { height: first, hash: headerHash(root.header, crypto) };
  const chain = new TrustedChain(trustFirstBlock(root, named, rules, crypto), rules, crypto);
  const heights: number[] = [];
  const fetch = async (height: number) => {
    heights.push(height);
    return blockAt(height);
  };
  const target = LightBlock.decode(parseHex(bytes));
  const work = () => believeAcross(chain, target, { floor: first, now, fetch });
  same(name, (await codeOfAsync(work)) ?? null, code);
  same(`${name}: asked`, heights, asked);
}
