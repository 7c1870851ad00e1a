import type { BlockInput, VerifiedTransaction } from '@ward/ledger';
import {
  type Genesis,
  identityState,
  networkState,
  type Proposal,
  type Release,
} from '@ward/ledger/schema';
import {
  compareBytes,
  type MessageEnvelope,
  openTransaction,
  type Realm,
  type TransactionBody,
  toHex,
  validatorAddress,
  WardError,
} from '@ward/protocol';
import { NAIVE_MESSAGES, type NaiveAuthor, type NaiveMessage } from './naive-messages.ts';
import { isGovernedByMembers, isSame, proposalOf } from './naive-rights.ts';
import { type NaiveRecord, NaiveState } from './naive-state.ts';
import { beginNaively, chooseAgain, type NaiveBlock } from './naive-validators.ts';

interface SignedKey {
  readonly publicKey: Uint8Array;
  readonly passkey: VerifiedTransaction['passkeys'][number];
}

const MESSAGES = new Map<string, NaiveMessage>(
  NAIVE_MESSAGES.map((message) => [`${message.kind.contract}/${message.kind.name}`, message]),
);

/** The ledger as its pages describe it, without trees, overlays, caches or logs. */
export class NaiveLedger {
  readonly state = new NaiveState();
  readonly #genesis: Genesis;
  readonly #realm: Realm;
  /** Ids that were taken; for ever, since an old one has expired anyway. */
  readonly #taken = new Set<string>();

  constructor(genesis: Genesis, realm: Realm) {
    this.#genesis = genesis;
    this.#realm = realm;
    const { state } = this;
    for (const { id, account, organisation } of genesis.members) {
      state.put(identityState.accounts, account, id);
      state.put(networkState.organisations, organisation, id);
    }
    state.put(networkState.parameters, genesis.parameters);
    state.put(networkState.directory, { organisations: genesis.members.map(({ id }) => id) });
    if (genesis.governance !== null) this.#beginGovernance(genesis.governance);
    state.settle();
  }

  #beginGovernance(governance: NonNullable<Genesis['governance']>): void {
    const { state } = this;
    const { rules, consensus, release, validators, stakes } = governance;
    state.put(networkState.rules, rules);
    state.put(networkState.consensus, consensus);
    state.put(networkState.release, { current: release, plan: null });
    const isVoter = ({ organisation }: Genesis['members'][number]) =>
      organisation.roles.some((role) => role !== 'regulator');
    const voters = this.#genesis.members.filter(isVoter).length;
    state.put(networkState.agenda, { next: 1, open: [], voters, haltedSince: null });
    let granted = 0;
    for (const { organisation, free, bonded } of stakes) {
      state.put(networkState.stakes, { free, bonded, unbonding: [] }, organisation);
      granted += free + bonded;
    }
    const holders = stakes.map(({ organisation }) => organisation).sort(compareBytes);
    state.put(networkState.supply, { granted, burned: 0, holders });
    for (const { organisation, publicKey } of validators) {
      const record = { publicKey, jail: null, judgedHeight: 0 };
      state.put(networkState.validators, record, organisation);
      const address = validatorAddress(publicKey, this.#realm.crypto);
      state.put(networkState.validatorKeys, { organisation }, address);
    }
    const approved = validators.map(({ organisation }) => organisation);
    state.put(networkState.validatorSet, { approved, active: [] });
    chooseAgain(state);
  }

  /** Names of proposals that are open, as the agenda lists them. */
  get open(): readonly number[] {
    return this.state.get(networkState.agenda)?.open ?? [];
  }

  get release(): Release | undefined {
    return this.state.get(networkState.release);
  }

  proposal(number: number): Proposal | undefined {
    return proposalOf(this.state, number);
  }

  /** @returns The verdict on each transaction, and what the block wrote. */
  execute(block: BlockInput): { verdicts: string[]; written: NaiveRecord[] } {
    const { transactions, misbehaviour = [] } = block;
    const isEmpty = transactions.length === 0 && misbehaviour.length === 0;
    if (!isEmpty && isGovernedByMembers(this.state)) {
      beginNaively(this.state, block, block, this.#realm.crypto);
    }
    const verdicts = transactions.map((transaction) => this.#verdict(transaction, block));
    return { verdicts, written: this.state.settle() };
  }

  #verdict(transaction: VerifiedTransaction, block: NaiveBlock): string {
    const mark = this.state.mark();
    try {
      return this.#codeOf(transaction, block) ?? 'applied';
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      // The form of bytes is not written twice: parsers have tests of their own.
      this.state.rollback(mark);
      return error.code;
    }
  }

  #codeOf({ envelope, id, passkeys }: VerifiedTransaction, block: NaiveBlock): string | undefined {
    const { body, signatures } = openTransaction(envelope);
    const { time } = block;
    const isHere = body.chain === this.#genesis.chain && isSame(body.network, this.#realm.network);
    if (!isHere) return 'NETWORK_MISMATCH';
    if (body.validUntil <= time) return 'TRANSACTION_EXPIRED';
    if (body.validUntil - time > 180) return 'TRANSACTION_TOO_FAR';
    if (this.#taken.has(toHex(id))) return 'TRANSACTION_REPLAYED';
    const goesOnAs = this.state.get(networkState.promotion)?.chain ?? body.chain;
    if (goesOnAs !== body.chain) return 'NETWORK_PROMOTED';
    this.#taken.add(toHex(id));
    const keys = signatures.map(({ publicKey }, i) => ({ publicKey, passkey: passkeys[i] }));
    const authors = this.#authenticate(body, keys, time);
    if (typeof authors === 'string') return authors;
    const mark = this.state.mark();
    const code = this.#run(body, authors, block);
    if (code !== undefined) this.state.rollback(mark);
    return code;
  }

  #authenticate({ signers }: TransactionBody, keys: readonly SignedKey[], time: number) {
    const authors: (NaiveAuthor & { role: string })[] = [];
    for (const [i, { account: id, role }] of signers.entries()) {
      const { publicKey, passkey } = keys[i]!;
      const isTwice = signers
        .slice(0, i)
        .some((one, j) => isSame(one.account, id) && isSame(keys[j]!.publicKey, publicKey));
      if (isTwice) return 'SIGNER_TWICE';
      const account = this.state.get(identityState.accounts, id);
      const key = account?.keys.find((known) => isSame(known.publicKey, publicKey));
      if (account === undefined || key === undefined) return 'SIGNER_UNKNOWN';
      const place = (one: SignedKey['passkey'] | null) =>
        one ? `${one.origin} ${toHex(one.rpIdHash)}` : '';
      const isInTime = key.from <= time && (key.until ?? Number.POSITIVE_INFINITY) > time;
      if (!isInTime || place(key.passkey) !== place(passkey)) return 'SIGNER_UNKNOWN';
      const organisation = this.state.get(networkState.organisations, account.organisation);
      if (organisation === undefined) return 'SIGNER_UNKNOWN';
      if (organisation.status === 'suspended') return 'ORGANISATION_SUSPENDED';
      authors.push({ organisation: account.organisation, kind: key.kind, role });
    }
    return authors;
  }

  #run(
    { messages }: TransactionBody,
    authors: readonly (NaiveAuthor & { role: string })[],
    block: NaiveBlock,
  ): string | undefined {
    const [author, ...more] = authors.filter(({ role }) => role === 'author');
    const isSingle = author !== undefined && more.length === 0;
    for (const envelope of messages) {
      const code = this.#runOne(envelope, isSingle ? author : undefined, block);
      if (code !== undefined) return code;
    }
    // Nobody signs in a role that no message asks for.
    return authors.length > 1 ? 'SIGNER_ROLE' : undefined;
  }

  #runOne(
    { contract, name, body }: MessageEnvelope,
    author: NaiveAuthor | undefined,
    block: NaiveBlock,
  ): string | undefined {
    const { state } = this;
    const message = MESSAGES.get(`${contract}/${name}`);
    if (message === undefined) return 'MESSAGE_UNKNOWN';
    const isHalted = (state.get(networkState.agenda)?.haltedSince ?? null) !== null;
    if (isHalted && !message.isGovernance) return 'NETWORK_HALTED';
    const value = message.kind.body.decode(body);
    if (author === undefined) return 'SIGNER_ROLE';
    const { chain } = this.#genesis;
    return message.rule(value, { state, author, block, chain, realm: this.#realm });
  }
}
