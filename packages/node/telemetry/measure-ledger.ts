import type { ConsensusEngine } from '@ward/engine';
import type { StateMachine } from '@ward/ledger';
import {
  type Clock,
  type Crypto,
  equalBytes,
  type Height,
  type LightBlock,
  MS_PER_SECOND,
  validatorAddress,
} from '@ward/protocol';
import type { Metrics } from '@ward/server';

/** A ledger that runs, with what its engine says of others where it has any. */
export interface MeasuredLedger {
  readonly engine: ConsensusEngine;
  readonly machine: StateMachine;
  peerCount?(): Promise<number | undefined>;
  peerHeight?(): Promise<Height | undefined>;
  engineRestarts?(): number;
  signaturesPid?(): number | undefined;
}

export interface MeasureLedgerOptions {
  readonly ledger: MeasuredLedger;
  /** Public key with which this node votes; null where it does not. */
  readonly validator: Uint8Array | null;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** Measures what the chain says of itself, and of this node. */
export function measureLedger(options: MeasureLedgerOptions): void {
  const { ledger, metrics, clock } = options;
  const { engine, machine } = ledger;
  metrics.gauge('ledger_keys', () => machine.stats().keys);
  metrics.gauge('ledger_ram_bytes', () => machine.stats().ramBytes);
  metrics.gauge('ledger_log_bytes', () => machine.stats().logBytes);
  metrics.gauge('mempool_transactions', () => engine.mempool.transactions);
  metrics.gauge('mempool_bytes', () => engine.mempool.bytes);
  metrics.counted('engine_restarts_total', () => ledger.engineRestarts?.() ?? 0);
  metrics.gauge('signature_batches', () => verifiesInBatches(ledger));
  metrics.gauge('peers', () => ledger.peerCount?.() ?? 0);
  metrics.gauge('height', () => engine.newest?.header.height ?? 0);
  metrics.gauge('height_lag', () => heightLag(ledger));
  metrics.gauge('block_age_seconds', () => ageOf(engine.newest, clock));
  measureVotes(options);
}

/** Undefined for a ledger of one node, whose threads verify. */
function verifiesInBatches({ signaturesPid }: MeasuredLedger): number | undefined {
  if (signaturesPid === undefined) return undefined;
  return signaturesPid() === undefined ? 0 : 1;
}

/** 0 for a ledger of one node; undefined while no peer says how far it is. */
async function heightLag({ engine, peerHeight }: MeasuredLedger): Promise<number | undefined> {
  if (peerHeight === undefined) return 0;
  const height = await peerHeight();
  return height && Math.max(0, height - (engine.newest?.header.height ?? 0));
}

function ageOf(block: LightBlock | undefined, clock: Clock): number | undefined {
  if (block === undefined) return undefined;
  const { seconds, nanos } = block.header.time;
  return clock.nowMs() / MS_PER_SECOND - seconds - nanos / 1e9;
}

/** What votes under the blocks say, from the next block on. */
function measureVotes({ ledger, validator, metrics, clock, crypto }: MeasureLedgerOptions): void {
  const { engine } = ledger;
  const own = validator && validatorAddress(validator, crypto);
  let missed = 0;
  let skewSeconds: number | undefined;
  engine.onBlock((block) => {
    skewSeconds = ageOf(block, clock);
    const vote = block.commit.signatures.find((each) => own && equalBytes(each.validator, own));
    if (powerIn(block, validator) > 0 && vote?.flag !== 'commit') missed++;
  });
  const absent = ({ validators, commit }: LightBlock) =>
    validators.length - commit.signatures.filter(({ flag }) => flag === 'commit').length;
  metrics.counted('missed_blocks_total', () => missed);
  metrics.gauge('clock_skew_seconds', () => skewSeconds);
  metrics.gauge('consensus_round', () => engine.newest?.commit.round);
  metrics.gauge('validators', () => engine.newest?.validators.length);
  metrics.gauge('validators_absent', () => engine.newest && absent(engine.newest));
  metrics.gauge('validator_power', () => engine.newest && powerIn(engine.newest, validator));
}

function powerIn({ validators }: LightBlock, validator: Uint8Array | null): number {
  if (validator === null) return 0;
  return validators.find(({ publicKey }) => equalBytes(publicKey, validator))?.power ?? 0;
}
