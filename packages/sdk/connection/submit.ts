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
  type AccountId,
  AUTHOR_ROLE,
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
 * Signs messages, submits them, and returns once they are committed and proved.
 *
 * @throws WardError the ledger's refusal by its own code, `TRANSACTION_UNCERTAIN`,
 * `PROOF_INVALID`, `SERVER_UNREACHABLE`.
 */
export async function submit(
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
  const digest = connection.realm.crypto.sha256(envelope);
  const receipt = await submitSomewhere(connection, { id, envelope });
  const isOwn = equalBytes(receipt.transaction, id) && equalBytes(receipt.envelopeDigest, digest);
  if (!isOwn) throw refuseProtocol('PROOF_INVALID', { height: receipt.block.header.height });
  await connection.ledger.verifyReceipt(receipt);
  checkOutcome(receipt);
  return receipt;
}

/** Idempotent: the same envelope may reach several nodes, the ledger takes it once. */
async function submitSomewhere(
  { nodes }: Connection,
  { id, envelope }: { id: TransactionId; envelope: Uint8Array },
): Promise<Receipt> {
  let wasSent = false;
  for (const node of nodes) {
    try {
      const request = { params: {}, query: {}, body: envelope };
      return await callEndpoint(submitTransaction, request, node);
    } catch (error) {
      if (hasCode(error, 'TRANSACTION_REPLAYED')) return fetchReceipt(id, node);
      if (!hasCode(error, 'SERVER_UNREACHABLE')) throw error;
      wasSent = true;
    }
  }
  throw wasSent ? refuse('TRANSACTION_UNCERTAIN') : refuseProtocol('SERVER_UNREACHABLE');
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
 * Has the slot of a one-time key carried by a node, without saying who asks, and proves that it
 * stands. A slot that holds this value already is a success.
 *
 * @throws WardError `SLOT_TAKEN` when it holds another value, `SERVER_UNREACHABLE`,
 * `PROOF_INVALID` when no node carries it though it says so.
 */
export async function carry(connection: Connection, slot: CarriedSlot): Promise<void> {
  const { carrierDelayMsMax, random, realm } = connection;
  await pause(carrierDelayMsMax * (random.bytes(1)[0]! / 256));
  let failure: unknown = refuseProtocol('SERVER_UNREACHABLE');
  for (const node of connection.nodes) {
    try {
      const body = { ...slot, token: new Uint8Array(0) };
      await callEndpoint(carrySlot, { params: {}, query: {}, body }, node);
    } catch (error) {
      failure = error;
      if (hasCode(error, 'SERVER_UNREACHABLE')) continue;
    }
    const carried = carriedSlot(slot.pk, realm);
    const key = slotKey(carried);
    const state = await connection.prove([key]);
    const written = state.record(Slot, key);
    if (written !== null && equalBytes(written.value, slot.value)) return;
    if (written !== null) throw refuseSlots('SLOT_TAKEN', { slot: toHex(carried) });
  }
  throw failure;
}

export function pause(ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
