// Somebody without any key verifies the whole ledger, then watches it grow and proves what is new.
//
//   npm start -- --home sandbox        in one terminal
//   node examples/watch-and-verify.ts sandbox
import { Slot, slotKey } from '@ward/ledger/schema';
import { openReader, sandboxFolder } from './open-sandbox.ts';

const reader = await openReader(sandboxFolder());

// Trust begins with the network file and nothing else: every header, signature and result.
let transactions = 0;
let height = 0;
for await (const block of reader.ledger.walk()) {
  transactions += block.transactions.length;
  height = block.height;
}
console.log(`verified: ${height} blocks with ${transactions} transactions`);
for (const { organisation } of await reader.directory.list()) {
  const { name, status, roles } = organisation;
  console.log(`member: ${name}, ${roles.join(' and ')}, ${status}`);
}

// A stream is the node's word. A proof is not: it fits a header that the validators signed.
console.log('watching: write something into the sandbox, or end with Ctrl-C');
for await (const block of reader.ledger.watchSlots({ from: height + 1 })) {
  if (block.slots.length === 0) continue;
  for (const slot of block.slots.slice(0, 10)) {
    const key = slotKey(slot);
    const state = await reader.ledger.prove([key]);
    const written = state.record(Slot, key);
    if (written === null) throw new Error('the node announced what it cannot prove');
    console.log(`proved: a slot of block ${block.height}, at height ${state.height}`);
  }
  break;
}
