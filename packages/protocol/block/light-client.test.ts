import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { WardError } from '../errors/ward-error.ts';
import { sortValidators } from './commit.ts';
import type { BlockHeader, BlockTime, LightBlock, Validator } from './header.ts';
import { headerHash } from './header.ts';
import { type TrustedBlock, verifyLightBlock } from './light-client.ts';

const crypto = await loadCrypto();
const folder = new URL('../../../../shared/data/cometbft-light/', import.meta.url).pathname;

const hex = (text: string | null) => new Uint8Array(Buffer.from(text ?? '', 'hex'));
const base64 = (text: string | null) => new Uint8Array(Buffer.from(text ?? '', 'base64'));

function time(text: string): BlockTime {
  const nanos = Number((/\.(\d+)Z$/.exec(text)?.[1] ?? '').padEnd(9, '0'));
  return { seconds: Math.floor(Date.parse(text) / 1000), nanos };
}

interface JsonBlockId {
  hash: string;
  part_set_header?: { total: number; hash: string };
  parts?: { total: number; hash: string };
}
interface JsonValidators {
  validators: { pub_key: { value: string }; voting_power: string }[];
}
interface JsonBlock {
  signed_header: {
    header: { [field: string]: string } & { version: { block: string; app: string } } & {
      last_block_id: JsonBlockId | null;
    };
    commit: {
      height: string;
      round: number;
      block_id: JsonBlockId;
      signatures:
        | {
            block_id_flag: number;
            validator_address: string;
            timestamp: string;
            signature: string;
          }[]
        | null;
    };
  };
  validator_set: JsonValidators;
  next_validator_set: JsonValidators;
}

function blockId(json: JsonBlockId | null) {
  const parts = json?.part_set_header ?? json?.parts;
  return {
    hash: hex(json?.hash ?? ''),
    partsTotal: parts?.total ?? 0,
    partsHash: hex(parts?.hash ?? ''),
  };
}

function header(json: JsonBlock['signed_header']['header']): BlockHeader {
  return {
    versionBlock: Number(json.version.block),
    versionApp: Number(json.version.app ?? 0),
    chain: json.chain_id!,
    height: Number(json.height),
    time: time(json.time!),
    lastBlock: blockId(json.last_block_id),
    lastCommitHash: hex(json.last_commit_hash!),
    dataHash: hex(json.data_hash!),
    validatorsHash: hex(json.validators_hash!),
    nextValidatorsHash: hex(json.next_validators_hash!),
    consensusHash: hex(json.consensus_hash!),
    appHash: hex(json.app_hash!),
    lastResultsHash: hex(json.last_results_hash!),
    evidenceHash: hex(json.evidence_hash!),
    proposer: hex(json.proposer_address!),
  };
}

function validators(json: JsonValidators): Validator[] {
  const set = json.validators.map((one) => ({
    publicKey: base64(one.pub_key.value),
    power: Number(one.voting_power),
  }));
  return sortValidators(set, crypto);
}

function lightBlock(json: JsonBlock): LightBlock {
  const { commit } = json.signed_header;
  return {
    header: header(json.signed_header.header),
    commit: {
      height: Number(commit.height),
      round: commit.round,
      block: blockId(commit.block_id),
      signatures: (commit.signatures ?? []).map((entry) => ({
        flag: (['absent', 'commit', 'nil'] as const)[entry.block_id_flag - 1]!,
        validator: hex(entry.validator_address),
        time: time(entry.timestamp),
        signature: base64(entry.signature),
      })),
    },
    validators: validators(json.validator_set),
    nextValidators: validators(json.next_validator_set),
  };
}

interface Case {
  initial: {
    signed_header: JsonBlock['signed_header'];
    next_validator_set: JsonValidators;
    trusting_period: string;
    now: string;
  };
  input: { block: JsonBlock; now: string; verdict: string }[];
}

function verdictOf(error: unknown): string {
  if (!(error instanceof WardError)) throw error;
  return error.code === 'HEADER_UNTRUSTED' ? 'NOT_ENOUGH_TRUST' : 'INVALID';
}

describe.skipIf(!existsSync(folder))('light client, model-based cases of tendermint-rs', () => {
  const files = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith('.json')) : [];
  it.each(files)('gives the verdicts of %s', (file) => {
    const { initial, input } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
    const first = header(initial.signed_header.header);
    let trusted: TrustedBlock = {
      header: first,
      hash: headerHash(first, crypto),
      nextValidators: validators(initial.next_validator_set),
    };
    const rules = {
      chain: first.chain,
      trustingPeriodSeconds: Number(BigInt(initial.trusting_period) / 1_000_000_000n),
      clockDriftSeconds: 0,
    };
    for (const step of input) {
      const now = time(step.now).seconds;
      let verdict = 'SUCCESS';
      try {
        const block = lightBlock(step.block);
        trusted = verifyLightBlock({ trusted, block, now }, rules, crypto);
      } catch (error) {
        verdict = verdictOf(error);
      }
      expect(verdict).toBe(step.verdict);
    }
  });
});
