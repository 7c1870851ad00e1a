import {
  Account,
  AdmitOrganisation,
  accountKey,
  CarrySlot,
  carriedSlot,
  Directory,
  directoryKey,
  LEDGER_LIMITS,
  OpenAccount,
  Organisation,
  organisationKey,
  Parameters,
  parametersKey,
  Slot,
  slotKey,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Format,
  type Json,
  type MessageEnvelope,
  type Realm,
  type TransactionBody,
  toHex,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { describeTransaction } from './describe-transaction.ts';
import { type WalkedBlock, type WalkOptions, walkBlocks } from './walk-blocks.ts';

/**
 * All that the ledger shows to anybody, one JSON value after the other: each block, each
 * transaction with its raw bytes, then every state key that a transaction or the genesis wrote,
 * proved at the newest height. Everything is verified before it is given out.
 *
 * @throws WardError as {@link walkBlocks} does.
 */
export async function* dumpLedger(
  options: WalkOptions,
  connection: Connection,
): AsyncGenerator<{ readonly [field: string]: Json }> {
  const touched = new TouchedKeys(connection);
  for await (const block of walkBlocks(options, connection)) {
    yield* blockLines(block);
    for (const { transaction, verdict } of block.transactions) {
      if (verdict.kind === 'applied') touched.addAll(transaction.body);
    }
  }
  yield* stateLines(touched.list, connection);
}

/** A state key that something wrote, with what stands there. */
interface TouchedKey {
  readonly key: Uint8Array;
  readonly format: Format<unknown>;
}

/** Every key of the state that the genesis and the transactions wrote, each once. */
class TouchedKeys {
  readonly #realm: Realm;
  readonly #keys = new Map<string, TouchedKey>();
  /** Whose an account is: slots are written for its organisation. */
  readonly #organisations = new Map<string, Uint8Array>();

  constructor({ realm, networkFile }: Connection) {
    this.#realm = realm;
    this.#add(directoryKey, Directory);
    this.#add(parametersKey, Parameters);
    for (const { id, account } of networkFile.genesis.members) {
      this.#addAccount(id, account.organisation);
      this.#add(organisationKey(id), Organisation);
    }
  }

  get list(): TouchedKey[] {
    return [...this.#keys.values()];
  }

  #add(key: Uint8Array, format: unknown): void {
    this.#keys.set(toHex(key), { key, format: format as Format<unknown> });
  }

  #addAccount(account: Uint8Array, organisation: Uint8Array): void {
    this.#organisations.set(toHex(account), organisation);
    this.#add(accountKey(account), Account);
  }

  addAll({ signers, messages }: TransactionBody): void {
    const author = signers.find(({ role }) => role === AUTHOR_ROLE)?.account;
    const organisation = author && (this.#organisations.get(toHex(author)) ?? author);
    for (const message of messages) this.#addMessage(message, organisation);
  }

  #addMessage({ contract, name, body }: MessageEnvelope, organisation?: Uint8Array): void {
    switch (`${contract}/${name}`) {
      case 'slots/WriteSlots':
        if (organisation === undefined) return;
        for (const { address } of WriteSlots.body.decode(body).slots) {
          this.#add(slotKey(writtenSlot({ organisation, address }, this.#realm)), Slot);
        }
        return;
      case 'slots/CarrySlot':
        this.#add(slotKey(carriedSlot(CarrySlot.body.decode(body).pk, this.#realm)), Slot);
        return;
      case 'identity/OpenAccount': {
        const opened = OpenAccount.body.decode(body);
        this.#addAccount(opened.account, opened.organisation);
        return;
      }
      case 'network/AdmitOrganisation':
        this.#add(organisationKey(AdmitOrganisation.body.decode(body).organisation), Organisation);
    }
  }
}

function* blockLines({ height, hash, block, transactions }: WalkedBlock) {
  const { time, appHash, proposer } = block.header;
  yield {
    ...{ kind: 'block', height, hash: toHex(hash), time: time.seconds },
    ...{ appHash: toHex(appHash), proposer: toHex(proposer), transactions: transactions.length },
  };
  for (const [index, walked] of transactions.entries()) {
    const envelope = toHex(walked.envelope);
    yield { kind: 'transaction', height, index, ...describeTransaction(walked), envelope };
  }
}

async function* stateLines(touched: readonly TouchedKey[], connection: Connection) {
  const size = LEDGER_LIMITS.provedKeysMax;
  for (let at = 0; at < touched.length; at += size) {
    const page = touched.slice(at, at + size);
    const state = await connection.prove(page.map(({ key }) => key));
    for (const { key, format } of page) {
      const record = state.record(format, key);
      const value = record === null ? null : format.toJson(record);
      const name = format.name as string;
      yield { kind: 'state', height: state.height, key: toHex(key), format: name, value };
    }
  }
}
