import { MemoryStorage, Snapshot, StateMachine } from '@ward/ledger';
import { Genesis, WriteSlots } from '@ward/ledger/schema';
import { type Crypto, compareBytes, concatBytes, toHex } from '@ward/protocol';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import type { VectorFile } from './vector-file.ts';

const BLOCKS = 5;
/** Far below what a network has, so that there are several chunks. */
const BODY_BYTES = 1200;

/** A small ledger of which every key and id is known, at its last height. */
function madeLedger(crypto: Crypto) {
  const ledger = new TestLedger(crypto);
  const { genesis, provider } = ledger;
  const machine = StateMachine.open({ storage: new MemoryStorage(), crypto, genesis });
  for (let height = 1; height <= BLOCKS; height++) {
    const time = TEST_TIME + height * 25;
    const transactions = [0, 1].map((number) => {
      const slots = [2, 3, 4].map((part) => {
        const address = crypto.sha256(Uint8Array.of(height, number, part));
        return { address, value: crypto.sha256(address) };
      });
      slots.sort((a, b) => compareBytes(a.address, b.address));
      return ledger.serviceTransaction(provider, WriteSlots, { slots }, time);
    });
    machine.execute({ height, time, transactions });
    machine.commit({ lightBlock: new Uint8Array(1) });
  }
  return { machine, genesis, network: ledger.realm.network };
}

/** The snapshot of a ledger: what it says of itself, its chunks, its hash. */
export function snapshotVectors(crypto: Crypto): VectorFile {
  const { machine, genesis, network } = madeLedger(crypto);
  const maker = machine.snapshots.make(BODY_BYTES);
  const chunks: Uint8Array[] = [];
  for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
  const digests = chunks.map((chunk) => crypto.sha256(chunk));
  return {
    path: 'ledger/snapshot.json',
    content: {
      genesis: toHex(Genesis.encode(genesis)),
      network: toHex(network),
      bodyBytes: BODY_BYTES,
      snapshot: toHex(Snapshot.encode(maker.snapshot)),
      chunks: chunks.map(toHex),
      hash: toHex(crypto.sha256(concatBytes(...digests))),
      state: [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]),
    },
  };
}
