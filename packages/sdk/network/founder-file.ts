import { hasRight, type Role } from '@ward/ledger/schema';
import {
  type Crypto,
  DIGEST_BYTES,
  defineFormat,
  type Ed25519KeyPair,
  equalBytes,
  type FormatOf,
  field,
  type NetworkId,
  type Seconds,
  tagged,
  toHex,
  validatorAddress,
  word,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { Application } from './application.ts';
import type { Founder, FoundingValidator } from './found-network.ts';

const ADDRESS_BYTES_MAX = 262;
const SIGNATURE_BYTES = 64;
const CLOCK_DRIFT_SECONDS = 300;

/** Members wait for each other so long between the first founder file and the promotion. */
export const FOUNDER_SECONDS_MAX = 30 * 86_400;

/** What an organisation says of itself that begins a network with others; all of it is public. */
export const FounderStatement = defineFormat('founder-statement', 1, {
  network: field.bytes(DIGEST_BYTES),
  /** The chain that is going to be promoted. */
  predecessor: field.text(50),
  /** When it was said. */
  time: field.integer<Seconds>(),
  application: Application.schema,
  /** Of its node: the key that carries slots, the one that signs blocks, the one it is met by. */
  nodeKey: field.bytes(32),
  validatorKey: field.bytes(32),
  peerKey: field.bytes(32),
  /** Where other nodes connect, as in `10.0.0.1:26656`. */
  address: field.text(ADDRESS_BYTES_MAX),
});
export type FounderStatement = FormatOf<typeof FounderStatement>;

const signatureField = field.bytes(SIGNATURE_BYTES);

/**
 * What a founder gives to the organisation whose ledger is promoted, as a JSON file between the
 * two: each key in it signed all of it, so that nobody founds with keys of others.
 */
export const FounderFile = defineFormat('founder-file', 1, {
  statement: FounderStatement.schema,
  signatures: field.struct({
    service: signatureField,
    officer: signatureField,
    node: signatureField,
    validator: signatureField,
    peer: signatureField,
  }),
});
export type FounderFile = FormatOf<typeof FounderFile>;

/** Key pairs of a founder. */
export interface FounderKeys {
  /** Of the key service: what it signs with every day, and as its officer. */
  readonly service: Ed25519KeyPair;
  readonly officer: Ed25519KeyPair;
  readonly node: Ed25519KeyPair;
  readonly validator: Ed25519KeyPair;
  readonly peer: Ed25519KeyPair;
}

/** Whose promotion a founder file is for. */
export interface FounderPlace {
  readonly network: NetworkId;
  /** The chain that ends. */
  readonly predecessor: string;
  readonly now: Seconds;
}

/**
 * Says with every key who is going to found.
 *
 * @throws WardError `FOUNDER_ADDRESS`, `RIGHT_MISSING`.
 */
export function signFounder(
  keys: FounderKeys,
  {
    application,
    address,
    network,
    predecessor,
    now,
  }: FounderPlace & Pick<FounderStatement, 'application' | 'address'>,
  crypto: Crypto,
): FounderFile {
  checkFounderTerms({ roles: application.roles, address });
  const { node, validator, peer } = keys;
  const statement = {
    ...{ network, predecessor, time: now, application, address },
    ...{ nodeKey: node.publicKey, validatorKey: validator.publicKey, peerKey: peer.publicKey },
  };
  const bytes = signedBytes(statement);
  const sign = ({ secretKey }: Ed25519KeyPair) => crypto.ed25519.sign(bytes, secretKey);
  return {
    statement,
    signatures: {
      ...{ service: sign(keys.service), officer: sign(keys.officer), node: sign(node) },
      ...{ validator: sign(validator), peer: sign(peer) },
    },
  };
}

function signedBytes(statement: FounderStatement): Uint8Array {
  return tagged('founder', FounderStatement.encode(statement));
}

/** Host and port, and nothing that means more where addresses stand in a row. */
const ADDRESS = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[1-9][0-9]{0,4}$/;

/**
 * Whether one who says so of itself could found at all.
 *
 * @throws WardError `FOUNDER_ADDRESS`; `RIGHT_MISSING` for roles that let nobody make blocks.
 */
export function checkFounderTerms({
  roles,
  address,
}: {
  readonly roles: readonly Role[];
  readonly address: string;
}): void {
  if (!ADDRESS.test(address)) throw refuse('FOUNDER_ADDRESS');
  if (!hasRight({ roles, status: 'active' }, 'validate')) throw refuse('RIGHT_MISSING');
}

/** Founders as a promotion takes them. */
export interface ComingFounders {
  readonly founders: readonly Founder[];
  readonly validators: readonly FoundingValidator[];
  /** As nodes meet them: `<node id>@10.0.0.2:26656`. */
  readonly peers: readonly string[];
}

/**
 * Founder files of others: each for this promotion and fresh, signed by every key that it names,
 * and none with anything of another one.
 *
 * @throws WardError `FOUNDER_FOREIGN`, `FOUNDER_STALE`, `FOUNDER_UNPROVED`, `FOUNDER_TAKEN`,
 * `FOUNDER_ADDRESS`, `RIGHT_MISSING`.
 */
export function checkFounders(
  files: readonly FounderFile[],
  place: FounderPlace,
  crypto: Crypto,
): ComingFounders {
  const taken = new Set<string>();
  for (const file of files) {
    checkFounder(file, place, crypto);
    for (const own of ownOf(file.statement)) {
      if (taken.has(own)) throw refuse('FOUNDER_TAKEN', { account: accountOf(file) });
      taken.add(own);
    }
  }
  const statements = files.map(({ statement }) => statement);
  return {
    founders: statements.map(founderOf),
    validators: statements.map(({ application, validatorKey: publicKey }) => ({
      organisation: application.account,
      publicKey,
    })),
    peers: statements.map((statement) => founderPeer(statement, crypto)),
  };
}

/** What nobody else may have. */
function ownOf({ application, nodeKey, validatorKey, peerKey, address }: FounderStatement) {
  const { account, servicePublicKey, officerPublicKey, sealingKey } = application;
  const keys = [servicePublicKey, officerPublicKey, nodeKey, validatorKey, peerKey];
  return [toHex(account), toHex(sealingKey), ...keys.map(toHex), address];
}

function accountOf({ statement }: FounderFile) {
  return toHex(statement.application.account);
}

function checkFounder(file: FounderFile, place: FounderPlace, crypto: Crypto): void {
  const { statement, signatures } = file;
  const { application, nodeKey, validatorKey, peerKey } = statement;
  const account = accountOf(file);
  const isHere =
    equalBytes(statement.network, place.network) && statement.predecessor === place.predecessor;
  if (!isHere) throw refuse('FOUNDER_FOREIGN', { account });
  const ageSeconds = place.now - statement.time;
  if (ageSeconds > FOUNDER_SECONDS_MAX || ageSeconds < -CLOCK_DRIFT_SECONDS) {
    throw refuse('FOUNDER_STALE', { account, ageSeconds, max: FOUNDER_SECONDS_MAX });
  }
  checkFounderTerms({ roles: application.roles, address: statement.address });
  const bytes = signedBytes(statement);
  const signed = [
    [word('service'), application.servicePublicKey, signatures.service],
    [word('officer'), application.officerPublicKey, signatures.officer],
    [word('node'), nodeKey, signatures.node],
    [word('validator'), validatorKey, signatures.validator],
    [word('peer'), peerKey, signatures.peer],
  ] as const;
  for (const [key, publicKey, signature] of signed) {
    if (!crypto.ed25519.verify(signature, bytes, publicKey)) {
      throw refuse('FOUNDER_UNPROVED', { account, key });
    }
  }
}

/** A founder as it comes into the plan. */
export function founderOf({ application, nodeKey }: FounderStatement): Founder {
  return { application, serviceKeys: [nodeKey] };
}

/** How nodes meet that of a founder. */
export function founderPeer({ peerKey, address }: FounderStatement, crypto: Crypto): string {
  return `${toHex(validatorAddress(peerKey, crypto))}@${address}`;
}
