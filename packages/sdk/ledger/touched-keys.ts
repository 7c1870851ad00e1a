import {
  Account,
  AdmitOrganisation,
  accountKey,
  BondStake,
  CarrySlot,
  CastVote,
  type Collection,
  carriedSlot,
  Directory,
  directoryKey,
  type Governance,
  MakeProposal,
  networkState,
  OpenAccount,
  Organisation,
  organisationKey,
  Parameters,
  parametersKey,
  proposalNumber,
  RegisterValidator,
  Slot,
  slotKey,
  UnbondStake,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Format,
  type MessageEnvelope,
  type Realm,
  type TransactionBody,
  toHex,
  validatorAddress,
} from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** A state key that something wrote, with what stands there. */
export interface TouchedKey {
  readonly key: Uint8Array;
  readonly format: Format<unknown>;
}

/** A message as it is looked at, with the organisation whose member signed it, if one did. */
interface SeenMessage {
  readonly body: Uint8Array;
  readonly organisation: Uint8Array | undefined;
}

type AddKeys = (message: SeenMessage, keys: TouchedKeys) => void;

/** Every key of the state that the genesis and the transactions wrote, each once. */
export class TouchedKeys {
  readonly realm: Realm;
  readonly #keys = new Map<string, TouchedKey>();
  /** Whose an account is: slots are written for its organisation. */
  readonly #organisations = new Map<string, Uint8Array>();

  constructor({ realm, networkFile }: Connection) {
    this.realm = realm;
    const { governance, members } = networkFile.genesis;
    this.add(directoryKey, Directory);
    this.add(parametersKey, Parameters);
    for (const { id, account } of members) {
      this.addAccount(id, account.organisation);
      this.add(organisationKey(id), Organisation);
    }
    if (governance !== null) this.#addGovernance(governance);
  }

  get list(): TouchedKey[] {
    return [...this.#keys.values()];
  }

  add(key: Uint8Array, format: unknown): void {
    this.#keys.set(toHex(key), { key, format: format as Format<unknown> });
  }

  addRecord(collection: Collection<unknown>, ...parts: readonly Uint8Array[]): void {
    this.add(collection.key(...parts), collection.value);
  }

  addAccount(account: Uint8Array, organisation: Uint8Array): void {
    this.#organisations.set(toHex(account), organisation);
    this.add(accountKey(account), Account);
  }

  addValidator(organisation: Uint8Array, publicKey: Uint8Array): void {
    this.addRecord(networkState.validators, organisation);
    const address = validatorAddress(publicKey, this.realm.crypto);
    this.addRecord(networkState.validatorKeys, address);
  }

  /** What is there from the first block on where the members govern. */
  #addGovernance({ validators, stakes }: Governance): void {
    const { rules, consensus, agenda, release, validatorSet, absences, supply } = networkState;
    for (const one of [rules, consensus, agenda, release, validatorSet, absences, supply]) {
      this.addRecord(one as Collection<unknown>);
    }
    for (const { organisation, publicKey } of validators) {
      this.addValidator(organisation, publicKey);
    }
    for (const { organisation } of stakes) this.addRecord(networkState.stakes, organisation);
  }

  addAll({ signers, messages }: TransactionBody): void {
    const author = signers.find(({ role }) => role === AUTHOR_ROLE)?.account;
    const organisation = author && (this.#organisations.get(toHex(author)) ?? author);
    for (const { contract, name, body } of messages) {
      MESSAGES[`${contract}/${name}`]?.({ body, organisation }, this);
    }
  }
}

/** What each message writes, beside records that are there whatever it does. */
const MESSAGES: { readonly [name: `${MessageEnvelope['contract']}/${string}`]: AddKeys } = {
  'slots/WriteSlots'({ body, organisation }, keys) {
    if (organisation === undefined) return;
    for (const { address } of WriteSlots.body.decode(body).slots) {
      keys.add(slotKey(writtenSlot({ organisation, address }, keys.realm)), Slot);
    }
  },
  'slots/CarrySlot'({ body }, keys) {
    keys.add(slotKey(carriedSlot(CarrySlot.body.decode(body).pk, keys.realm)), Slot);
  },
  'identity/OpenAccount'({ body }, keys) {
    const opened = OpenAccount.body.decode(body);
    keys.addAccount(opened.account, opened.organisation);
  },
  'network/AdmitOrganisation'({ body }, keys) {
    keys.add(organisationKey(AdmitOrganisation.body.decode(body).organisation), Organisation);
  },
  'network/MakeProposal'({ body }, keys) {
    const { action } = MakeProposal.body.decode(body);
    if (action.kind === 'admit-organisation') {
      keys.add(organisationKey(action.organisation), Organisation);
    }
    if (action.kind === 'grant-stake') keys.addRecord(networkState.stakes, action.organisation);
  },
  'network/CastVote'({ body, organisation }, keys) {
    if (organisation === undefined) return;
    const number = proposalNumber(CastVote.body.decode(body).proposal);
    keys.addRecord(networkState.votes, number, organisation);
  },
  'network/RegisterValidator'({ body }, keys) {
    const { organisation, publicKey } = RegisterValidator.body.decode(body);
    keys.addValidator(organisation, publicKey);
  },
  'network/BondStake'({ body }, keys) {
    keys.addRecord(networkState.stakes, BondStake.body.decode(body).organisation);
  },
  'network/UnbondStake'({ body }, keys) {
    keys.addRecord(networkState.stakes, UnbondStake.body.decode(body).organisation);
  },
};
