import { setTimeout as wait } from 'node:timers/promises';
import { Outcome, type Receipt, WriteSlots } from '@ward/ledger/schema';
import { parseTransaction, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  isWithoutCometbft,
  ledgerOfNow,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const stage = new CometbftStage(ledgerOfNow(crypto, 4));
afterAll(() => stage.close());

/** How long the first node has before its engine is killed. */
const DELAYS_MS = [0, 40, 120, 300];

function placeOf({ block, result, proof, envelopeDigest }: Receipt) {
  return { height: block.header.height, result, proof, envelopeDigest };
}

describe.skipIf(isWithoutCometbft)('a client that goes to another node', () => {
  it('has one commit and one receipt, whenever the first node failed', async () => {
    const nodes = await Promise.all([0, 1, 2, 3].map((index) => stage.start(index)));
    const { provider } = stage.ledger;
    const sent: string[] = [];
    for (const [round, delayMs] of DELAYS_MS.entries()) {
      const address = crypto.sha256(Buffer.from(`switch ${round}`));
      const slots = [{ address, value: address }];
      const now = nodes[1]!.engine.newest!.header.time.seconds;
      const own = stage.ledger.serviceTransaction(provider, WriteSlots, { slots }, now);
      const first = nodes[0]!.queries.submit(own.envelope);
      await wait(delayMs);
      const pid = nodes[0]!.enginePid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      const second = await nodes[1]!.queries.submit(own.envelope.slice());
      const third = await nodes[2]!.queries.submit(own.envelope.slice());
      expect(second.result.code).toBe(0);
      expect(placeOf(third)).toEqual(placeOf(second));
      expect(placeOf(await first)).toEqual(placeOf(second));
      sent.push(toHex(own.id));
    }
    expect(appliedIds(nodes[3]!)).toEqual(sent);
  });
});

/** Transactions that were applied, in the order of their blocks; copies are refused. */
function appliedIds({ queries, engine }: StagedNode): string[] {
  const ids: string[] = [];
  for (let height = 1; height < engine.newest!.header.height; height++) {
    const { transactions, results } = queries.block(height);
    for (const [index, { code, data }] of results.entries()) {
      if (code === 0) ids.push(toHex(parseTransaction(transactions[index]!, crypto).id));
      else expect(Outcome.decode(data).verdict).toMatchObject({ code: 'TRANSACTION_REPLAYED' });
    }
  }
  return ids;
}
