import {
  AddKey,
  AdmitOrganisation,
  BondStake,
  CarrySlot,
  CastVote,
  EndKey,
  encodeMessage,
  MakeProposal,
  OpenAccount,
  RegisterValidator,
  ReinstateOrganisation,
  SuspendOrganisation,
  signCarriedSlot,
  signValidatorKey,
  UnbondStake,
  UnjailValidator,
  WriteSlots,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Ed25519KeyPair,
  ed25519Signer,
  type MessageEnvelope,
  signTransaction,
} from '@ward/protocol';
import type { ClientNetwork, StagedName } from '../client-network.ts';
import type { SeededRandom } from '../seeded-random.ts';

const NAMES: readonly StagedName[] = ['hospital-a', 'hospital-b', 'laboratory', 'registrar'];

/** A transaction of any message, mostly wrong: other signers, other keys, places that are taken. */
export function anyTransaction(network: ClientNetwork, random: SeededRandom): Uint8Array {
  const { crypto, clock, networkFile } = network;
  const messages = Array.from({ length: 1 + random.below(3) }, () => anyMessage(network, random));
  const { service } = network.organisations.get(random.pick(NAMES))!;
  const keyPair = random.pick<Ed25519KeyPair>([
    service.serviceKey,
    crypto.ed25519.keyPair(random.bytes(32)),
  ]);
  const now = Math.floor(clock.nowMs() / 1000);
  const { envelope } = signTransaction(
    {
      network: networkFile.network,
      chain: random.below(8) === 0 ? 'another-chain' : networkFile.genesis.chain,
      signers: [{ account: service.account, role: AUTHOR_ROLE }],
      validUntil: now + random.pick([60, 60, 60, 170, 181, 0]),
      salt: random.bytes(16),
      messages,
    },
    [ed25519Signer(keyPair, crypto)],
    crypto,
  );
  return random.below(5) === 0 ? altered(envelope, random) : envelope;
}

function altered(envelope: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = envelope.slice(0, envelope.length - random.below(2));
  copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

function anyMessage(network: ClientNetwork, random: SeededRandom): MessageEnvelope {
  const { crypto, networkFile } = network;
  const bytes = () => new Uint8Array(32).fill(random.below(40));
  const organisation = network.id(random.pick(NAMES));
  const publicKey = crypto.ed25519.keyPair(bytes()).publicKey;
  const passkey = null;
  const realm = { network: networkFile.network, crypto };
  // What would change a member of the network for good is never signed by an officer here.
  const made = [
    () => encodeMessage(WriteSlots, { slots: [{ address: bytes(), value: bytes() }] }),
    () => {
      const signed = signCarriedSlot(
        { value: bytes(), keyPair: crypto.ed25519.keyPair(bytes()) },
        realm,
      );
      return encodeMessage(CarrySlot, random.below(4) === 0 ? { ...signed, pk: bytes() } : signed);
    },
    () => {
      const keys = [{ kind: 'officer' as const, publicKey, passkey }];
      return encodeMessage(OpenAccount, { account: organisation, organisation, keys });
    },
    () => {
      const key = { kind: 'service' as const, publicKey, passkey };
      return encodeMessage(AddKey, { account: organisation, key });
    },
    () => encodeMessage(EndKey, { account: organisation, publicKey, until: null }),
    () => encodeMessage(SuspendOrganisation, { organisation }),
    () => encodeMessage(ReinstateOrganisation, { organisation }),
    () => {
      const { name, roles, endpoints, sealingKey, custodian } =
        networkFile.genesis.members[0]!.organisation;
      const profile = { name, roles, endpoints, sealingKey, custodian };
      return encodeMessage(AdmitOrganisation, { organisation, ...profile });
    },
    () => encodeMessage(MakeProposal, { action: { kind: 'halt-network' } }),
    () => encodeMessage(MakeProposal, { action: { kind: 'suspend-organisation', organisation } }),
    () => encodeMessage(CastVote, { proposal: 1 + random.below(3), choice: 'yes' }),
    () => {
      const key = crypto.ed25519.keyPair(bytes());
      const signed = signValidatorKey(organisation, key, realm);
      return encodeMessage(RegisterValidator, { organisation, ...signed });
    },
    () => encodeMessage(BondStake, { organisation, amount: 1 }),
    () => encodeMessage(UnbondStake, { organisation, amount: 1 }),
    () => encodeMessage(UnjailValidator, { organisation }),
    () => ({ ...encodeMessage(SuspendOrganisation, { organisation }), body: random.bytes(9) }),
  ];
  return random.pick(made)();
}
