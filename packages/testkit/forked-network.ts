import type { Crypto } from '@ward/protocol';
import { rotatingNetwork } from './light-node.ts';
import { RotatingChain } from './rotating-chain.ts';

const START = 1_800_000_000;
const NAME = 'rotating-1';
const TRUSTING_SECONDS = 3600;

/**
 * What tests of forks and witnesses begin with: a chain of one block a second, a twin that its
 * validators signed as well from height 30 on, the network file of both, and a clock that stands
 * one second behind the block of a height.
 */
export function forkedNetwork(crypto: Crypto) {
  const chain = new RotatingChain({ chain: NAME, start: START, validators: 4, seed: 1, crypto });
  const twin = chain.forkedFrom({ from: 30, appHash: new Uint8Array(32).fill(7) });
  const clock = { height: 40, nowMs: () => (START + clock.height + 1) * 1000 };
  const trust = { name: NAME, trustingPeriodSeconds: TRUSTING_SECONDS };
  const networkFile = rotatingNetwork(chain, trust, crypto);
  return { ...trust, start: START, chain, twin, clock, networkFile };
}
