import type { VerifiedTransaction } from '@ward/ledger';
import { CastVote, encodeMessage, networkState, proposalNumber } from '@ward/ledger/schema';
import {
  type AssertionOrigin,
  AUTHOR_ROLE,
  ed25519Signer,
  type MessageEnvelope,
  TransactionBody,
  TransactionEnvelope,
  transactionId,
} from '@ward/protocol';
import type { TestMember } from '../../test-ledger.ts';
import type { Cast } from './cast.ts';
import { PRODUCTIONS } from './grammar-messages.ts';
import { anyKey, type CastKey } from './keys.ts';

const NAMES = Object.entries(PRODUCTIONS).flatMap(([name, { weight }]) => {
  return Array<string>(weight).fill(name);
});

interface Author {
  readonly member: TestMember;
  readonly role: string;
  readonly key: CastKey;
}

/**
 * A transaction of any messages, mostly of a right form and by whom it should be; and one in ten
 * spoiled somewhere.
 *
 * @param blockTime About the time of the block that may take it.
 */
export function anyTransaction(cast: Cast, blockTime: number): VerifiedTransaction {
  const { random, ledger, everybody } = cast;
  const undecided = random.below(2) === 0 ? undecidedVote(cast) : undefined;
  const member = undecided?.member ?? random.pick(random.below(9) ? ledger.members : everybody);
  const names = Array.from({ length: random.pick([1, 1, 1, 1, 2, 3]) }, () => anyName(cast));
  const { by } = PRODUCTIONS[undecided === undefined ? names[0]! : 'CastVote']!;
  const same = names.filter((name) => PRODUCTIONS[name]!.by === by || random.below(6) === 0);
  const made = same.map((name) => spoiledMessage(cast, PRODUCTIONS[name]!.make(cast, member)));
  const messages = undecided === undefined ? made : [undecided.message];
  const authors = signersOf(cast, member, by);
  const body: TransactionBody = {
    network: random.below(80) === 0 ? random.bytes(32) : ledger.realm.network,
    chain: random.below(80) === 0 ? 'another-chain' : ledger.genesis.chain,
    signers: authors.map((one) => ({ account: one.member.id, role: one.role })),
    validUntil: blockTime + random.pick([60, 60, 60, 60, 60, 20, 150, 184, 0]),
    salt: random.bytes(16),
    messages,
  };
  return signed(cast, body, authors);
}

/** Mostly of a message that may apply where members, or registrars, govern. */
function anyName({ random, isGoverned }: Cast): string {
  const name = random.pick(NAMES);
  const { where } = PRODUCTIONS[name]!;
  const isElsewhere = where !== undefined && (where === 'members') !== isGoverned;
  return isElsewhere && random.below(8) > 0 ? 'WriteSlots' : name;
}

/** A vote of somebody who has not voted, so that something is decided now and then. */
function undecidedVote({ random, naive, ledger }: Cast) {
  if (naive.open.length === 0) return undefined;
  const proposal = random.pick(naive.open);
  const member = random.pick(ledger.members);
  const voted = naive.state.get(networkState.votes, proposalNumber(proposal), member.id);
  if (voted !== undefined) return undefined;
  const choice = random.pick(['yes', 'yes', 'yes', 'no'] as const);
  return { member, message: encodeMessage(CastVote, { proposal, choice }) };
}

function signersOf(cast: Cast, member: TestMember, by: 'officer' | 'service'): Author[] {
  const { random, everybody } = cast;
  const right = member[by];
  const key =
    random.below(10) === 0
      ? anyKey(cast, random.below(4) === 0 ? random.pick(everybody) : member)
      : { publicKey: right.publicKey, passkey: null, keyPair: right };
  const role = random.below(60) === 0 ? 'witness' : AUTHOR_ROLE;
  const first = { member, role, key };
  if (random.below(40) > 0) return [first];
  const other = random.pick([member, random.pick(everybody)]);
  return [
    first,
    { member: other, role: random.pick(['witness', 'author']), key: anyKey(cast, other) },
  ];
}

/** Now and then a message that no contract knows, that breaks off, or in which a bit is wrong. */
function spoiledMessage({ random }: Cast, message: MessageEnvelope): MessageEnvelope {
  if (random.below(25) > 0) return message;
  const { body } = message;
  const flipped = body.slice();
  flipped[random.below(body.length)]! ^= 1 << random.below(8);
  return random.pick<MessageEnvelope>([
    { ...message, contract: 'nothing' },
    { ...message, name: message.name.toLowerCase() },
    { ...message, body: body.slice(0, Math.max(1, body.length - 1)) },
    { ...message, body: random.bytes(9) },
    ...[
      { ...message, body: flipped },
      { ...message, body: flipped },
    ],
  ]);
}

function signed(
  cast: Cast,
  body: TransactionBody,
  authors: readonly Author[],
): VerifiedTransaction {
  const { random, ledger } = cast;
  const { crypto } = ledger;
  const bodyBytes = TransactionBody.encode(body);
  const signatures = authors.map(({ key: { keyPair, publicKey } }) => {
    // What stands for an assertion is verified by nobody here.
    if (keyPair === undefined) return { publicKey, signature: new Uint8Array(64) };
    return ed25519Signer(keyPair, crypto)(bodyBytes);
  });
  const envelope = TransactionEnvelope.encode({ body: bodyBytes, signatures });
  if (random.below(40) === 0) envelope[random.below(envelope.length)]! ^= 1 << random.below(8);
  const passkeys = authors.map(({ key }) => claimedPlace(cast, key));
  return {
    envelope,
    id: idOf(envelope, bodyBytes, cast),
    digest: crypto.sha256(envelope),
    passkeys,
  };
}

function idOf(envelope: Uint8Array, bodyBytes: Uint8Array, { ledger }: Cast): Uint8Array {
  try {
    return transactionId(TransactionEnvelope.decode(envelope).body, ledger.crypto);
  } catch {
    return transactionId(bodyBytes, ledger.crypto);
  }
}

/** Where verification found a passkey's assertion to be made: mostly where it was enrolled. */
function claimedPlace({ random }: Cast, { passkey }: CastKey): AssertionOrigin | undefined {
  if (passkey === null) return undefined;
  return random.below(3) === 0 ? { ...passkey, origin: 'https://elsewhere.example' } : passkey;
}
