import { describe, expect, it } from 'vitest';
import type { NetworkCall, SeenBlock } from './network-calls.ts';
import { NetworkChecker } from './network-checker.ts';
import { NetworkHistory } from './network-history.ts';
import type { NetworkNode } from './network-node.ts';

const [FIRST, SECOND] = ['id of the first', 'id of the second'];
const KEY = 'key of the first';

/** A block that holds ids of transactions that were applied. */
function block(height: number, ids: readonly string[] = []): SeenBlock {
  const transactions = ids.map((id): [string, number] => [id, 0]);
  return { height, hash: `hash ${height}`, appHash: `state ${height - 1}`, transactions };
}

/** A node that answers with these blocks, and has executed them. */
function node(blocks: readonly SeenBlock[], appHash = `state ${blocks.length}`): NetworkNode {
  const height = blocks.length;
  const answers: { readonly [C in NetworkCall]?: unknown } = {
    state: { height, executed: height, oldest: 1, appHash, peers: 3 },
    blocks,
  };
  const ask = async (call: NetworkCall) => answers[call];
  return { name: 'node', ask } as unknown as NetworkNode;
}

const CHAIN = [block(1), block(2, [FIRST]), block(3, [SECOND]), block(4)];

function told(): NetworkHistory {
  const history = new NetworkHistory();
  history.sent.set(FIRST, KEY);
  history.acknowledged.set(FIRST, 2);
  return history;
}

function read(height: number, isThere: boolean, hash = `hash ${height}`) {
  return { node: 'node', key: KEY, height, hash, isThere };
}

describe('the checker of networks', () => {
  it('takes nodes that agree with each other and with what was told', async () => {
    const history = told();
    history.reads.push(read(2, false), read(3, true), read(4, true));
    const checker = new NetworkChecker(history);
    const checked = await checker.check([node(CHAIN), node(CHAIN.slice(0, 3))]);
    expect(checked).toEqual({ height: 4, applied: 2, acknowledged: 1, reads: 3 });
    expect(() => checker.checkSettled()).not.toThrow();
  });

  it.each<[string, NetworkNode[], (history: NetworkHistory) => void]>([
    ['stands nowhere', [node([block(1), block(2)])], () => {}],
    ['stands at 2', [node(CHAIN)], (own) => own.acknowledged.set(FIRST, 3)],
    ['is applied at 2 and 3', [node([block(1), block(2, [FIRST]), block(3, [FIRST])])], () => {}],
    ['another block 2', [node(CHAIN), node([block(1), block(2, [SECOND])])], () => {}],
    ['another state after 2', [node(CHAIN), node(CHAIN.slice(0, 2), 'forged')], () => {}],
    ['a value', [node(CHAIN)], (own) => own.reads.push(read(2, true))],
    ['no value', [node(CHAIN)], (own) => own.reads.push(read(3, false))],
    ['a value', [node(CHAIN)], (own) => own.reads.push(read(3, true, 'another hash'))],
    ['lies', [node(CHAIN)], (own) => own.lies.push({ node: 'node', code: 'PROOF_INVALID' })],
  ])('finds what does not hold: "%s"', async (words, nodes, change) => {
    const history = told();
    change(history);
    await expect(new NetworkChecker(history).check(nodes)).rejects.toThrow(words);
  });

  it('finds what was told of blocks that no node has', async () => {
    for (const change of [
      (own: NetworkHistory) => own.acknowledged.set(SECOND, 5),
      (own: NetworkHistory) => own.reads.push(read(5, true)),
    ]) {
      const history = told();
      change(history);
      const checker = new NetworkChecker(history);
      await checker.check([node(CHAIN)]);
      expect(() => checker.checkSettled()).toThrow(/no node has/);
    }
  });
});
