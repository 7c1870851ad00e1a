import {
  type BlockContent,
  getBlock,
  getLightBlock,
  getReceipt,
  getStatus,
  type NodeStatus,
  type Receipt,
  type VerifiedLedger,
} from '@ward/ledger/schema';
import {
  callEndpoint,
  equalBytes,
  type Height,
  refuseProtocol,
  type TransactionId,
  type Transport,
  verifyBlock,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/**
 * A whole block: header and commit are verified, its transactions are those of the data hash, its
 * results those that the next header commits to. Events are not hashed and are left out.
 *
 * @throws WardError `PROOF_INVALID`, `HEADER_*`, what the node refuses.
 */
export function readBlock(
  height: Height,
  connection: Connection,
): Promise<Omit<BlockContent, 'events'>> {
  return connection.askNodes((node) => readBlockOf(node, height, connection));
}

async function readBlockOf(
  node: Transport,
  height: Height,
  connection: Connection,
): Promise<Omit<BlockContent, 'events'>> {
  const { crypto } = connection.realm;
  const request = { params: { height }, query: {}, body: null };
  const { events: _, ...block } = await callEndpoint(getBlock, request, node);
  const nextRequest = { params: { height: height + 1 }, query: {}, body: null };
  const next = await callEndpoint(getLightBlock, nextRequest, node);
  const { header } = await believer(height, connection).follow(block.block);
  const { header: nextHeader } = await believer(height + 1, connection).follow(next);
  const digests = block.transactions.map((each) => crypto.sha256(each));
  const isWhole = verifyBlock({ ...block, digests }, { header, next: nextHeader }, crypto);
  if (header.height !== height || !isWhole) throw refuseProtocol('PROOF_INVALID', { height });
  return block;
}

/** What the client believes; for blocks before that, the history of the network. */
function believer(height: Height, { ledger, history }: Connection): VerifiedLedger {
  return height < (ledger.trusted?.header.height ?? 0) ? history : ledger;
}

/** The receipt of a committed transaction, verified. */
export function readReceipt(id: TransactionId, connection: Connection): Promise<Receipt> {
  return connection.askNodes(async (node) => {
    const request = { params: { id }, query: {}, body: null };
    const receipt = await callEndpoint(getReceipt, request, node);
    await believer(receipt.block.header.height, connection).verifyReceipt(receipt);
    if (!equalBytes(receipt.transaction, id)) {
      throw refuseProtocol('PROOF_INVALID', { height: receipt.block.header.height });
    }
    return receipt;
  });
}

/**
 * What a node says of itself. Nothing of it is proved, so the call has to say that it knows.
 *
 * @example await ward.ledger.status({ unverified: true })
 */
export function readStatus(
  _options: { readonly unverified: true },
  connection: Connection,
): Promise<NodeStatus> {
  const request = { params: {}, query: {}, body: null };
  return connection.askNodes((node) => callEndpoint(getStatus, request, node));
}
