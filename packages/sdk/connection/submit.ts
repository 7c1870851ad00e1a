import {
  type CarriedSlot,
  carriedSlot,
  carrySlot,
  encodeMessage,
  getReceipt,
  type MessageKind,
  Outcome,
  type Receipt,
  refuseSlots,
  Slot,
  slotKey,
  submitTransaction,
} from '@ward/ledger/schema';
import {
  type AbortSignalLike,
  type AccountId,
  AUTHOR_ROLE,
  askInTurn,
  type ChartId,
  callEndpoint,
  equalBytes,
  errorCatalogue,
  hasCode,
  type MessageEnvelope,
  refuseProtocol,
  type SignBody,
  signTransaction,
  TRANSACTION_LIMITS,
  type TransactionId,
  type Transport,
  toHex,
  WardError,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { Connection } from './connection.ts';
import { pause, within } from './pause.ts';

/** Who signs a transaction, in the order of the signatures. */
export interface TransactionSigner {
  readonly account: AccountId;
  readonly role?: string;
  readonly sign: SignBody;
}

/** One message, typed. */
export function message<T>(kind: MessageKind<T>, value: T): MessageEnvelope {
  return encodeMessage(kind, value);
}

const VALID_FOR_SECONDS = TRANSACTION_LIMITS.validForSecondsMax - 60;

/**
 * Signs messages, submits them, and returns once they are committed and proved. Where the ledger
 * was promoted meanwhile, they are signed anew for the chain that goes on.
 *
 * @throws WardError the ledger's refusal by its own code, `TRANSACTION_UNCERTAIN`,
 * `PROOF_INVALID`, `SERVER_UNREACHABLE`; `NETWORK_PROMOTED` until the new chain answers.
 */
export async function submit(
  connection: Connection,
  messages: readonly MessageEnvelope[],
  signers: readonly TransactionSigner[],
): Promise<Receipt> {
  const { chain } = connection;
  try {
    return await submitOnce(connection, messages, signers);
  } catch (error) {
    if (!isOfChain(error) || !(await hasCrossed(connection, chain))) throw error;
    return submitOnce(connection, messages, signers);
  }
}

async function submitOnce(
  connection: Connection,
  messages: readonly MessageEnvelope[],
  signers: readonly TransactionSigner[],
): Promise<Receipt> {
  const { id, envelope } = signTransaction(
    {
      network: connection.realm.network,
      chain: connection.chain,
      signers: signers.map(({ account, role = AUTHOR_ROLE }) => ({ account, role })),
      validUntil: connection.now() + VALID_FOR_SECONDS,
      salt: connection.random.bytes(16),
      messages,
    },
    signers.map(({ sign }) => sign),
    connection.realm.crypto,
  );
  const receipt = await submitSomewhere(connection, { id, envelope });
  checkOutcome(receipt);
  return receipt;
}

/** The transaction was refused, for certain, because it is for another chain of the network. */
function isOfChain(error: unknown): boolean {
  return hasCode(error, 'NETWORK_PROMOTED') || hasCode(error, 'NETWORK_MISMATCH');
}

/** Looks where the ledger goes on: not the node that refuses says so, but the chain that ended. */
async function hasCrossed({ ledger }: Connection, chain: string): Promise<boolean> {
  try {
    if (ledger.rules.chain === chain) await ledger.head();
  } catch (error) {
    if (!(error instanceof WardError)) throw error;
  }
  return ledger.rules.chain !== chain;
}

interface SignedEnvelope {
  readonly id: TransactionId;
  readonly envelope: Uint8Array;
}

/**
 * How long one node is waited for alone: longer than a network takes that has lost a validator, and
 * no longer than a person waits for one that hangs.
 */
const SUBMIT_SILENCE_MS = 5000;

/**
 * Idempotent: the same envelope may reach several nodes, the ledger takes it once. A node that does
 * not answer, is busy or lies is passed over, and one that is silent not waited for alone.
 */
async function submitSomewhere(connection: Connection, signed: SignedEnvelope): Promise<Receipt> {
  let isUncertain = false;
  let failure: WardError = refuseProtocol('SERVER_UNREACHABLE');
  const ask = async (node: Transport, signal: AbortSignalLike) => {
    const receipt = await submitTo(node, signed, signal);
    connection.noteServer(node.name, true);
    isUncertain = true;
    await verify(receipt, signed, connection);
    return receipt;
  };
  const onFailure = (_node: Transport, error: unknown) => {
    if (!(error instanceof WardError)) throw error;
    const isRefusal = !isUncertain && error.kind.retry !== true && error.kind.status < 500;
    if (isRefusal) throw error;
    isUncertain ||= error.code === 'SERVER_UNREACHABLE';
    failure = error;
  };
  const onSilence = (node: Transport) => {
    // It may have passed on what it got.
    isUncertain = true;
    connection.noteServer(node.name, false);
  };
  const ways = connection.promptFirst(connection.nodes, ({ name }) => name);
  const asked = { ways, within, silenceMsMax: SUBMIT_SILENCE_MS, onFailure, onSilence };
  const [receipt] = await askInTurn(ask, asked);
  if (receipt !== undefined) return receipt;
  // What one node may have taken before the ledger was promoted, is not signed a second time.
  const isUnknown = failure.code === 'SERVER_UNREACHABLE' || isOfChain(failure);
  throw isUncertain && isUnknown ? refuse('TRANSACTION_UNCERTAIN') : failure;
}

async function submitTo(
  node: Transport,
  { id, envelope }: SignedEnvelope,
  signal: AbortSignalLike,
): Promise<Receipt> {
  const request = { params: {}, query: {}, body: envelope, signal };
  try {
    return await callEndpoint(submitTransaction, request, node);
  } catch (error) {
    if (!hasCode(error, 'TRANSACTION_REPLAYED')) throw error;
    return fetchReceipt(id, node);
  }
}

/** The receipt is that of this envelope, and a block took it. */
async function verify(
  receipt: Receipt,
  { id, envelope }: SignedEnvelope,
  { ledger, realm }: Connection,
): Promise<void> {
  const digest = realm.crypto.sha256(envelope);
  const isOwn = equalBytes(receipt.transaction, id) && equalBytes(receipt.envelopeDigest, digest);
  if (!isOwn) throw refuseProtocol('PROOF_INVALID', { height: receipt.block.header.height });
  await ledger.verifyReceipt(receipt);
}

function fetchReceipt(id: TransactionId, node: Transport): Promise<Receipt> {
  return callEndpoint(getReceipt, { params: { id }, query: {}, body: null }, node);
}

/** Throws what the ledger refused, under the contract's own code. */
export function checkOutcome(receipt: Receipt): void {
  const { verdict } = Outcome.decode(receipt.result.data);
  if (verdict.kind === 'applied') return;
  const kind = errorCatalogue().get(verdict.code);
  if (kind === undefined) throw refuse('TRANSACTION_REFUSED');
  throw new WardError(verdict.code, kind, {});
}

/**
 * Has the slot of a one-time key of a chart carried by a node, without saying who asks, and proves
 * that it stands. A slot that holds this value already is a success.
 *
 * @throws WardError `SLOT_TAKEN` when it holds another value, `SERVER_UNREACHABLE`, what the nodes
 * refuse, `PROOF_INVALID` when no node carries it though it says so.
 */
export async function carry(
  connection: Connection,
  { chart, slot }: { readonly chart: ChartId; readonly slot: CarriedSlot },
): Promise<void> {
  const { carrierDelayMsMax, random, realm } = connection;
  await pause(carrierDelayMsMax * (random.bytes(1)[0]! / 256));
  const body = { ...slot, token: new Uint8Array(0) };
  const carried = carriedSlot(slot.pk, realm);
  /** Of the nodes that did not carry it, the last one's. */
  const failures = [refuseProtocol('SERVER_UNREACHABLE') as unknown];
  const ask = async (node: Transport, signal: AbortSignalLike): Promise<Uint8Array> => {
    const request = { params: {}, query: {}, body, signal };
    let failure: unknown;
    try {
      const { block } = await callEndpoint(carrySlot, request, node);
      connection.noteServer(node.name, true);
      failure = refuseProtocol('PROOF_INVALID', { height: block.header.height });
    } catch (error) {
      failure = error;
    }
    failures.push(failure);
    if (hasCode(failure, 'SERVER_UNREACHABLE')) throw failure;
    const key = slotKey(carried);
    const written = (await connection.prove([key])).record(Slot, key);
    if (written === null) throw failure;
    return written.value;
  };
  const [value] = await askInTurn(ask, {
    ways: connection.promptFirst(connection.carriers(chart), ({ name }) => name),
    within,
    silenceMsMax: SUBMIT_SILENCE_MS,
    onFailure: (_node, error) => {
      if (!failures.includes(error)) throw error;
    },
    onSilence: (node) => connection.noteServer(node.name, false),
  });
  if (value === undefined) throw failures.at(-1);
  if (!equalBytes(value, slot.value)) throw refuseSlots('SLOT_TAKEN', { slot: toHex(carried) });
}
