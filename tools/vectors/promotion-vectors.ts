import { type FirstState, Snapshot, type StateMachine } from '@ward/ledger';
import { Genesis, PromotionPlan, planDigest, WriteSlots } from '@ward/ledger/schema';
import { type Crypto, LightBlock, toHex } from '@ward/protocol';
import { endChain, goOn } from '@ward/testkit/sample-promotion';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import type { VectorFile, VectorJson } from './vector-file.ts';

/** A ledger of one registrar with a few slots, and the network that it became. */
export function promotionVectors(crypto: Crypto): VectorFile {
  const ledger = new TestLedger(crypto);
  const chain = new TestChain(ledger);
  const slots = [1, 2, 3].map((byte) => {
    const address = new Uint8Array(32).fill(byte);
    return { address, value: crypto.sha256(address) };
  });
  const written = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, chain.time);
  const ended = endChain(chain, undefined, [written]);
  const { plan, genesis, lastBlock } = ended;
  const before = stateOf(chain.machine);
  const { machine } = goOn(ended);
  return {
    path: 'ledger/promotion.json',
    content: {
      plan: PromotionPlan.toJson(plan) as VectorJson,
      planBytes: toHex(PromotionPlan.encode(plan)),
      planDigest: toHex(planDigest(plan, crypto)),
      oldGenesis: toHex(Genesis.encode(ledger.genesis)),
      last: toHex(LightBlock.encode(lastBlock)),
      genesis: Genesis.toJson(genesis) as VectorJson,
      genesisBytes: toHex(Genesis.encode(genesis)),
      ...firstStateJson(ended.first),
      height: machine.height,
      appHash: toHex(machine.appHash),
      // What the genesis wrote: keys that the old ledger did not have, or had with another value.
      written: stateOf(machine).filter(([key, value]) => {
        return !before.some(([oldKey, oldValue]) => oldKey === key && oldValue === value);
      }),
    },
  };
}

function firstStateJson({ snapshot, chunks }: FirstState) {
  return { snapshot: toHex(Snapshot.encode(snapshot)), chunks: [...chunks].map(toHex) };
}

function stateOf(machine: StateMachine): [string, string][] {
  return [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
}
