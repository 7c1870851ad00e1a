import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Clock,
  equalBytes,
  type LightBlock,
  MS_PER_SECOND,
  validatorAddress,
} from '@ward/protocol';
import { type EngineHomeOptions, writeEngineHome } from './engine-home.ts';
import { CAREFUL_BLOCKS, type EngineProcess, hasSigned } from './engine-process.ts';

const SEED_BYTES = 32;
/** Older blocks say nothing of who votes now. */
const FRESH_MS = 30_000;
const MARK = 'watching';

type Followed = { onBlock(listener: (block: LightBlock) => void): () => void };

/**
 * How a node begins with a snapshot that does not remember what its key signed: it may be the
 * validator that lost its files, or a second copy of one that runs. It follows under a key that
 * nobody knows and votes for nothing, until so many new blocks one after the other are without a
 * vote of its own key; then CometBFT is started again under that. CometBFT's own check does not do:
 * it looks into blocks that a snapshot does not bring, and ends the process where it finds a vote.
 */
export class WatchedStart {
  readonly #options: EngineHomeOptions;
  readonly #mark: string;
  readonly #isWatching: boolean;

  /** Writes what CometBFT starts from. */
  constructor(options: EngineHomeOptions) {
    const { stateSync, folder } = options;
    this.#options = options;
    this.#mark = join(folder, MARK);
    const isBegun = stateSync !== undefined || existsSync(this.#mark);
    this.#isWatching = isBegun && !hasSigned(folder);
    const own = this.#isWatching ? { validatorSeed: randomBytes(SEED_BYTES) } : {};
    writeEngineHome({ ...options, ...own });
    if (this.#isWatching) writeFileSync(this.#mark, '');
  }

  /** Has it vote once it is known that nobody else does in its name. */
  follow(engine: Followed, process: Pick<EngineProcess, 'restart'>, clock: Clock): void {
    if (!this.#isWatching) return;
    const { crypto, validatorSeed } = this.#options;
    const { publicKey } = crypto.ed25519.keyPair(validatorSeed);
    const address = validatorAddress(publicKey, crypto);
    let quiet = 0;
    const end = engine.onBlock(({ header, commit }) => {
      const isFresh = clock.nowMs() - header.time.seconds * MS_PER_SECOND <= FRESH_MS;
      const hasVoted = commit.signatures.some(
        ({ flag, validator }) => flag !== 'absent' && equalBytes(validator, address),
      );
      quiet = isFresh && !hasVoted ? quiet + 1 : 0;
      if (quiet < CAREFUL_BLOCKS) return;
      end();
      this.#vote();
      process.restart();
    });
  }

  #vote(): void {
    const { stateSync: _, ...afterwards } = this.#options;
    writeEngineHome(afterwards);
    rmSync(this.#mark);
  }
}
