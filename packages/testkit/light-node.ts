import { getLightBlock, type NetworkFile, networkOf, refuseLedger } from '@ward/ledger/schema';
import type { Crypto, Transport } from '@ward/protocol';
import { type MemoryDoor, memoryDoor, memoryTransport } from './memory-doors.ts';
import type { RotatingChain } from './rotating-chain.ts';
import { TestLedger } from './test-ledger.ts';

/** A node that has nothing but light blocks, up to a height that a test moves. */
export interface LightNode {
  readonly transport: Transport;
  chain: RotatingChain;
  height: number;
  /** How often it was asked. */
  asked: number;
}

export function lightNode(
  name: string,
  chain: RotatingChain,
  { height, doors = [] }: { height: number; doors?: readonly MemoryDoor[] },
): LightNode {
  const answer = memoryDoor(getLightBlock, ({ params }) => {
    node.asked++;
    if (params.height > node.height) {
      const range = { height: params.height, oldest: 1, newest: node.height };
      throw refuseLedger('HEIGHT_NOT_RETAINED', range);
    }
    return node.chain.blockAt(params.height === 0 ? node.height : params.height);
  });
  const transport = memoryTransport(name, [answer, ...doors]);
  const node: LightNode = { chain, height, asked: 0, transport };
  return node;
}

/** The network file of a rotating chain: its genesis names the validators of height 1. */
export function rotatingNetwork(
  chain: RotatingChain,
  { name, trustingPeriodSeconds }: { name: string; trustingPeriodSeconds: number },
  crypto: Crypto,
): NetworkFile {
  const validators = chain.validatorsAt(1).map(({ publicKey, power }) => ({ publicKey, power }));
  const genesis = { ...new TestLedger(crypto).genesis, chain: name, validators };
  return {
    network: networkOf(genesis, crypto),
    genesis,
    checkpoint: null,
    nodes: ['memory://a', 'memory://b'],
    trustingPeriodSeconds,
    witnesses: null,
  };
}
