import { request } from 'node:http';
import {
  type BlockHeader,
  type BlockTime,
  type Commit,
  type Crypto,
  equalBytes,
  type Height,
  headerHash,
  type LightBlock,
  MS_PER_SECOND,
  type Validator,
  validatorsHash,
} from '@ward/protocol';

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const ANSWER_MS_MAX = 10_000;
const VALIDATORS_PER_PAGE = 100;
const PAGES_MAX = 10;
const FLAGS = { 1: 'absent', 2: 'commit', 3: 'nil' } as const;
const UNSET: BlockTime = { seconds: 0, nanos: 0 };

interface JsonBlockId {
  readonly hash: string;
  readonly parts: { readonly total: number; readonly hash: string };
}

interface JsonHeader {
  readonly version: { readonly block: string; readonly app?: string };
  readonly chain_id: string;
  readonly height: string;
  readonly time: string;
  readonly last_block_id: JsonBlockId;
  readonly [name: string]: unknown;
}

interface JsonCommit {
  readonly height: string;
  readonly round: number;
  readonly block_id: JsonBlockId;
  readonly signatures: readonly {
    readonly block_id_flag: 1 | 2 | 3;
    readonly validator_address: string;
    readonly timestamp: string;
    readonly signature: string | null;
  }[];
}

interface JsonValidators {
  readonly total: string;
  readonly validators: readonly {
    readonly pub_key: { readonly value: string };
    readonly voting_power: string;
  }[];
}

interface JsonPeer {
  readonly peer_state?: { readonly round_state?: { readonly height?: string } };
}

/** What is asked of our own CometBFT, over the unix socket of its RPC. */
export class EngineRpc {
  readonly #path: string;
  readonly #crypto: Crypto;
  /** Sets of validators that came last: they seldom change. */
  #known: { readonly hash: Uint8Array; readonly validators: readonly Validator[] }[] = [];

  constructor(path: string, crypto: Crypto) {
    this.#path = path;
    this.#crypto = crypto;
  }

  /**
   * Header, commit and validators of a height.
   *
   * @returns Undefined where CometBFT has not got it, or cannot be asked now.
   * @throws Error for an answer that does not belong together.
   */
  async lightBlock(height: Height): Promise<LightBlock | undefined> {
    const answer = (await this.#ask(`commit?height=${height}`)) as
      | { readonly signed_header: { readonly header: JsonHeader; readonly commit: JsonCommit } }
      | undefined;
    if (answer === undefined) return undefined;
    const header = readHeader(answer.signed_header.header);
    const commit = readCommit(answer.signed_header.commit);
    const hash = headerHash(header, this.#crypto);
    const isWhole = header.height === height && commit.height === height;
    if (!isWhole || !equalBytes(hash, commit.block.hash)) {
      throw new Error('a header of CometBFT is not what its commit names');
    }
    const validators = await this.#validators(header.validatorsHash, height);
    const nextValidators = await this.#validators(header.nextValidatorsHash, height + 1);
    if (validators === undefined || nextValidators === undefined) return undefined;
    return { header, commit, validators, nextValidators };
  }

  /** Peers that CometBFT is connected with; undefined where it cannot be asked now. */
  async peerCount(): Promise<number | undefined> {
    const answer = (await this.#ask('net_info')) as { readonly n_peers: string } | undefined;
    return answer && Number(answer.n_peers);
  }

  /** Height that the most advanced peer works on, less one; undefined where none is known. */
  async peerHeight(): Promise<Height | undefined> {
    const answer = (await this.#ask('dump_consensus_state')) as
      | { readonly peers?: readonly JsonPeer[] | null }
      | undefined;
    const heights = (answer?.peers ?? []).map((peer) =>
      Number(peer.peer_state?.round_state?.height ?? 0),
    );
    const known = heights.filter((height) => Number.isSafeInteger(height) && height > 0);
    return known.length === 0 ? undefined : Math.max(...known) - 1;
  }

  async #validators(hash: Uint8Array, height: Height): Promise<readonly Validator[] | undefined> {
    const known = this.#known.find((one) => equalBytes(one.hash, hash));
    if (known !== undefined) return known.validators;
    const validators: Validator[] = [];
    for (let page = 1; page <= PAGES_MAX; page++) {
      const query = `validators?height=${height}&page=${page}&per_page=${VALIDATORS_PER_PAGE}`;
      const answer = (await this.#ask(query)) as JsonValidators | undefined;
      if (answer === undefined) return undefined;
      for (const { pub_key: key, voting_power: power } of answer.validators) {
        validators.push({ publicKey: base64(key.value), power: Number(power) });
      }
      if (validators.length >= Number(answer.total)) break;
    }
    if (!equalBytes(validatorsHash(validators, this.#crypto), hash)) return undefined;
    this.#known = [...this.#known.slice(-3), { hash, validators }];
    return validators;
  }

  /** The result of a call; undefined where there is none. */
  async #ask(query: string): Promise<unknown> {
    try {
      const answer = JSON.parse(await this.#get(query)) as { readonly result?: unknown };
      return answer.result ?? undefined;
    } catch {
      return undefined;
    }
  }

  #get(query: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const path = `/${query}`;
      const call = request({ socketPath: this.#path, path, timeout: ANSWER_MS_MAX }, (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > ANSWER_BYTES_MAX) call.destroy(new Error('an answer of CometBFT is too long'));
          else chunks.push(chunk);
        });
        answer.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        answer.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error('CometBFT does not answer')));
      call.on('error', reject);
      call.end();
    });
  }
}

function base64(text: string | null): Uint8Array {
  return Uint8Array.from(Buffer.from(text ?? '', 'base64'));
}

function hex(text: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(typeof text === 'string' ? text : '', 'hex'));
}

/** Seconds and nanoseconds of a time as Go writes it. */
export function readTime(text: string): BlockTime {
  const [, whole, fraction = ''] = /^([^.]*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  const ms = Date.parse(`${whole}Z`);
  if (!Number.isFinite(ms)) throw new Error('a time of CometBFT cannot be read');
  return { seconds: ms / MS_PER_SECOND, nanos: Number(fraction.padEnd(9, '0')) };
}

function readBlockId({ hash, parts }: JsonBlockId) {
  return { hash: hex(hash), partsTotal: parts.total, partsHash: hex(parts.hash) };
}

function readHeader(header: JsonHeader): BlockHeader {
  return {
    versionBlock: Number(header.version.block),
    versionApp: Number(header.version.app ?? 0),
    chain: header.chain_id,
    height: Number(header.height),
    time: readTime(header.time),
    lastBlock: readBlockId(header.last_block_id),
    lastCommitHash: hex(header.last_commit_hash),
    dataHash: hex(header.data_hash),
    validatorsHash: hex(header.validators_hash),
    nextValidatorsHash: hex(header.next_validators_hash),
    consensusHash: hex(header.consensus_hash),
    appHash: hex(header.app_hash),
    lastResultsHash: hex(header.last_results_hash),
    evidenceHash: hex(header.evidence_hash),
    proposer: hex(header.proposer_address),
  };
}

function readCommit({ height, round, block_id: block, signatures }: JsonCommit): Commit {
  return {
    height: Number(height),
    round,
    block: readBlockId(block),
    signatures: signatures.map((entry) => ({
      flag: FLAGS[entry.block_id_flag],
      validator: hex(entry.validator_address),
      time: entry.block_id_flag === 1 ? UNSET : readTime(entry.timestamp),
      signature: base64(entry.signature),
    })),
  };
}
