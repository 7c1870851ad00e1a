import {
  type Action,
  CastVote,
  type Choice,
  MakeProposal,
  networkState,
  OpenAccount,
  proposalNumber,
  type Receipt,
} from '@ward/ledger/schema';
import { equalBytes, hasCode, type MessageEnvelope, type Seconds } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { message, submit } from '../connection/submit.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { Application } from './application.ts';
import { type ProposalView, readProposalView } from './read-proposals.ts';

/** A proposal behind what one did to it: where few vote, it may be decided already. */
export interface Decision {
  readonly receipt: Receipt;
  readonly proposal: ProposalView;
}

const PAGE = 64;

/**
 * Puts something before the members, with a yes of one's own, as an officer of a member.
 *
 * @throws WardError `RIGHT_MISSING`, `PROPOSALS_FULL`, `GOVERNED_BY_REGISTRAR`, what stands against
 * the action itself.
 */
export function propose(
  service: KeyService,
  action: Action,
  connection: Connection,
): Promise<Decision> {
  return proposeWith({ service, action, before: [] }, connection);
}

/**
 * Has the admission of an organisation decided: opens its first account, unless an earlier proposal
 * did, and proposes it.
 *
 * @throws WardError as {@link propose}; `APPLICATION_MISMATCH` where the account has other keys.
 */
export async function proposeAdmission(
  service: KeyService,
  application: Application,
  connection: Connection,
): Promise<Decision> {
  const { account: organisation, servicePublicKey, officerPublicKey, ...profile } = application;
  const action: Action = { kind: 'admit-organisation', organisation, ...profile };
  const before = await openingOf(application, connection);
  return proposeWith({ service, action, before }, connection);
}

async function openingOf(
  { account, servicePublicKey, officerPublicKey }: Application,
  connection: Connection,
): Promise<MessageEnvelope[]> {
  const keys = [
    { kind: 'service' as const, publicKey: servicePublicKey, passkey: null },
    { kind: 'officer' as const, publicKey: officerPublicKey, passkey: null },
  ];
  const open = await connection.account(account);
  if (open === null) return [message(OpenAccount, { account, organisation: account, keys })];
  const isSame = keys.every(({ kind, publicKey }) =>
    open.keys.some((key) => key.kind === kind && equalBytes(key.publicKey, publicKey)),
  );
  if (!isSame) throw refuse('APPLICATION_MISMATCH');
  return [];
}

interface Proposed {
  readonly service: KeyService;
  readonly action: Action;
  /** What has to be done first, in the same transaction. */
  readonly before: readonly MessageEnvelope[];
}

async function proposeWith(
  { service, action, before }: Proposed,
  connection: Connection,
): Promise<Decision> {
  const messages = [...before, message(MakeProposal, { action })];
  const receipt = await submitAsMember(connection, messages, service);
  const made = receipt.block.header.time.seconds;
  const number = await findProposal({ service, action, made }, connection);
  return { receipt, proposal: await readProposalView(number, connection) };
}

/** Roles that do not let an organisation do something have a code of their own. */
export async function submitAsMember(
  connection: Connection,
  messages: readonly MessageEnvelope[],
  service: KeyService,
): Promise<Receipt> {
  try {
    return await submit(connection, messages, [service.officerSigner]);
  } catch (error) {
    if (hasCode(error, 'SIGNER_ROLE')) throw refuse('RIGHT_MISSING');
    throw error;
  }
}

/** The number that a proposal got: the newest of the organisation's that is this very one. */
async function findProposal(
  { service, action, made }: Omit<Proposed, 'before'> & { readonly made: Seconds },
  connection: Connection,
): Promise<number> {
  const { agenda, proposals } = networkState;
  const encoded = MakeProposal.body.encode({ action });
  let before = (await connection.read(agenda))!.next;
  let isOlder = false;
  while (before > 1 && !isOlder) {
    const count = Math.min(PAGE, before - 1);
    const numbers = Array.from({ length: count }, (_, i) => before - 1 - i);
    const keys = numbers.map((number) => proposals.key(proposalNumber(number)));
    const state = await connection.prove(keys);
    for (const [i, number] of numbers.entries()) {
      const record = state.record(proposals.value, keys[i]!)!;
      const isOwn = equalBytes(record.proposer, service.account) && record.made === made;
      const isIt =
        isOwn && equalBytes(MakeProposal.body.encode({ action: record.action }), encoded);
      if (isIt) return number;
      isOlder ||= record.made < made;
    }
    before -= count;
  }
  throw new Error('a proposal that was made is none of those that there are');
}

/**
 * Votes on a proposal, once and for good, as an officer of a member.
 *
 * @throws WardError `PROPOSAL_UNKNOWN`, `PROPOSAL_CLOSED`, `VOTE_CAST`, `RIGHT_MISSING`,
 * `GOVERNED_BY_REGISTRAR`.
 */
export async function vote(
  service: KeyService,
  { proposal, choice }: { readonly proposal: number; readonly choice: Choice },
  connection: Connection,
): Promise<Decision> {
  const receipt = await submitAsMember(
    connection,
    [message(CastVote, { proposal, choice })],
    service,
  );
  return { receipt, proposal: await readProposalView(proposal, connection) };
}
