import type { AccountKey } from '@ward/ledger/schema';
import type { Ed25519KeyPair } from '@ward/protocol';
import type { TestMember } from '../../test-ledger.ts';
import type { Cast } from './cast.ts';

/** A key as it may stand in an account; a passkey has no secret here. */
export interface CastKey {
  readonly publicKey: Uint8Array;
  readonly passkey: AccountKey['passkey'];
  readonly keyPair: Ed25519KeyPair | undefined;
}

const SPARES = 3;
const pairs = new WeakMap<TestMember, readonly CastKey[]>();

const plain = (keyPair: Ed25519KeyPair): CastKey => {
  return { publicKey: keyPair.publicKey, passkey: null, keyPair };
};

/** The keys that a member may use sooner or later: its first two, spare ones and a passkey. */
function keysOf({ ledger }: Cast, member: TestMember): readonly CastKey[] {
  const known = pairs.get(member);
  if (known !== undefined) return known;
  const { crypto } = ledger;
  const spares = Array.from({ length: SPARES }, (_, i) => {
    return plain(crypto.ed25519.keyPair(crypto.sha256(Uint8Array.of(i, ...member.id))));
  });
  const publicKey = new Uint8Array(65).fill(member.id[0]!);
  publicKey[0] = 4;
  const passkey = { rpIdHash: new Uint8Array(32).fill(7), origin: 'https://officer.example' };
  const made = [
    ...[plain(member.service), plain(member.officer), ...spares],
    { publicKey, passkey, keyPair: undefined },
  ];
  pairs.set(member, made);
  return made;
}

export function anyKey(cast: Cast, member: TestMember): CastKey {
  return cast.random.pick(keysOf(cast, member));
}
