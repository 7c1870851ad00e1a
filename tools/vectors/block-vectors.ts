import {
  type Crypto,
  commitHash,
  headerHash,
  LightBlock,
  precommitBytes,
  toHex,
  trustFirstBlock,
  validatorsHash,
  verifyLightBlock,
  WardError,
} from '@ward/protocol';
import { signLightBlock, type TestBlock, testValidators } from '@ward/testkit/light-blocks';
import type { VectorFile, VectorJson } from './vector-file.ts';

const CHAIN = 'ward-vectors-1';
const START = 1_800_000_000;
const RULES = { chain: CHAIN, trustingPeriodSeconds: 1_209_600, clockDriftSeconds: 10 };

function described(block: LightBlock, crypto: Crypto) {
  const { header, commit, validators } = block;
  const { time } = commit.signatures[0]!;
  const vote = { chain: CHAIN, height: commit.height, round: commit.round, block: commit.block };
  return {
    block: LightBlock.toJson(block) as VectorJson,
    bytes: toHex(LightBlock.encode(block)),
    headerHash: toHex(headerHash(header, crypto)),
    validatorsHash: toHex(validatorsHash(validators, crypto)),
    commitHash: toHex(commitHash(commit, crypto)),
    firstPrecommit: toHex(precommitBytes({ ...vote, time })),
  };
}

/** A first block to trust, later ones that follow from it, and ones that do not. */
export function headerVectors(crypto: Crypto): VectorFile {
  const validators = testValidators([40, 30, 20, 10], { seed: 1, crypto });
  const strangers = testValidators([50, 50], { seed: 2, crypto });
  const blockAt = (height: number, change: Partial<TestBlock> = {}) => {
    const time = { seconds: START + 5 * height, nanos: 7 };
    return signLightBlock({ chain: CHAIN, height, time, validators, ...change }, crypto);
  };
  const first = blockAt(1, { header: { appHash: new Uint8Array(0) } });
  const hash = headerHash(first.header, crypto);
  const trusted = trustFirstBlock(first, { height: 1, hash }, RULES, crypto);
  const now = START + 100;
  const judge = (name: string, block: LightBlock) => {
    let code: string | null = null;
    try {
      verifyLightBlock({ trusted, block, now }, RULES, crypto);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      code = error.code;
    }
    return { name, bytes: toHex(LightBlock.encode(block)), code };
  };
  const forged = { ...blockAt(2), header: { ...blockAt(2).header, appHash: new Uint8Array(32) } };
  forged.header.appHash.fill(9);
  const later = [
    judge('the next block', blockAt(2)),
    judge('a block far ahead', blockAt(9)),
    judge('70 of 100 have signed', blockAt(2, { signers: validators.slice(0, 2) })),
    judge('60 of 100 have signed', blockAt(2, { signers: validators.toSpliced(1, 1).slice(0, 2) })),
    judge('an app hash that was not signed', forged),
    judge('another chain', blockAt(2, { chain: 'other' })),
    judge('validators that nobody named', blockAt(2, { validators: strangers })),
    judge('strangers far ahead', blockAt(9, { validators: strangers })),
    judge('the trusted block again', first),
    judge('a block of the future', blockAt(200)),
  ];
  const content = { rules: RULES, now, first: described(first, crypto), later };
  return { path: 'protocol/header.json', content };
}
