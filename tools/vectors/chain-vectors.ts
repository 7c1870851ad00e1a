import { MemoryStorage, StateMachine, type VerifiedTransaction } from '@ward/ledger';
import {
  AddKey,
  AdmitOrganisation,
  CarrySlot,
  EndKey,
  encodeMessage,
  Genesis,
  OpenAccount,
  Outcome,
  SetParameters,
  SuspendOrganisation,
  signCarriedSlot,
  slotKey,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import { type Crypto, type MessageEnvelope, stateProofField, toHex, toJson } from '@ward/protocol';
import { TEST_TIME, TestLedger, testOrganisation } from '@ward/testkit/test-ledger';
import type { VectorFile, VectorJson } from './vector-file.ts';

interface Block {
  readonly time: number;
  readonly transactions: readonly VerifiedTransaction[];
}

/** Blocks with every kind of message, applied and refused, and two that are empty. */
function madeBlocks(ledger: TestLedger, crypto: Crypto): Block[] {
  const { provider, registrar, realm } = ledger;
  const bytes = (byte: number) => new Uint8Array(32).fill(byte);
  const slot = (address: number) => ({ address: bytes(address), value: bytes(address + 1) });
  const newcomer = ledger.makeMember(9);
  const { publicKey } = newcomer.officer;
  const key = { kind: 'officer' as const, publicKey, passkey: null };
  const { status: _status, successor: _successor, ...profile } = testOrganisation(['laboratory']);
  const byOfficer = (messages: MessageEnvelope[], time: number) => {
    const signers = [{ account: registrar.id, keyPair: registrar.officer }];
    return ledger.transaction(messages, signers, time + 60);
  };
  const write = (addresses: number[], time: number) =>
    ledger.serviceTransaction(provider, WriteSlots, { slots: addresses.map(slot) }, time);
  const keyPair = crypto.ed25519.keyPair(bytes(77));
  const carried = signCarriedSlot({ value: bytes(78), keyPair }, realm);
  const [first, second, third, fourth] = [5, 10, 15, 80].map((after) => TEST_TIME + after);
  const opening = { account: newcomer.id, organisation: newcomer.id, keys: [key] };
  const admission = { organisation: newcomer.id, ...profile };
  const ended = { account: provider.id, publicKey: provider.service.publicKey, until: null };
  const rules = { decideVersion: 2, decideDigest: bytes(5) };
  const taken = write([1, 2], first!);
  return [
    { time: first!, transactions: [taken, write([3, 1], first!), taken, write([3], first!)] },
    { time: first!, transactions: [] },
    {
      time: second!,
      transactions: [
        byOfficer([encodeMessage(AdmitOrganisation, admission)], second!),
        byOfficer(
          [encodeMessage(OpenAccount, opening), encodeMessage(AdmitOrganisation, admission)],
          second!,
        ),
        ledger.serviceTransaction(provider, CarrySlot, carried, second!),
        ledger.officerTransaction(registrar, SetParameters, rules, second!),
      ],
    },
    {
      time: third!,
      transactions: [
        ledger.officerTransaction(registrar, AddKey, { account: registrar.id, key }, third!),
        ledger.officerTransaction(provider, EndKey, ended, third!),
        write([4], third!),
        byOfficer([encodeMessage(SuspendOrganisation, { organisation: provider.id })], third!),
        ledger.officerTransaction(provider, AddKey, { account: provider.id, key }, third!),
      ],
    },
    { time: fourth!, transactions: [] },
    { time: fourth!, transactions: [taken] },
  ];
}

function provedKeys(ledger: TestLedger): Uint8Array[] {
  return [1, 3, 4].map((byte) => {
    const address = new Uint8Array(32).fill(byte);
    return slotKey(writtenSlot({ organisation: ledger.provider.id, address }, ledger.realm));
  });
}

/** A ledger from its genesis on: results, slots and app hash of each block; the state; proofs. */
export function chainVectors(crypto: Crypto): VectorFile {
  const ledger = new TestLedger(crypto);
  const storage = new MemoryStorage();
  const machine = StateMachine.open({ storage, crypto, genesis: ledger.genesis });
  const genesisAppHash = toHex(machine.appHash);
  const blocks = madeBlocks(ledger, crypto).map((block, index): VectorJson => {
    const { time, transactions } = block;
    const outcome = machine.execute({ height: index + 1, time, transactions });
    machine.commit({ lightBlock: new Uint8Array(1) });
    return {
      height: index + 1,
      time,
      transactions: transactions.map(({ envelope }) => toHex(envelope)),
      results: outcome.results.map(({ code, data }) => ({
        code,
        data: toHex(data),
        outcome: Outcome.toJson(Outcome.decode(data)) as VectorJson,
      })),
      slots: outcome.slots.map(toHex),
      appHash: toHex(outcome.appHash),
    };
  });
  const proofs = provedKeys(ledger).map((key): VectorJson => {
    const { value, proof } = machine.prove(key);
    const json = toJson(stateProofField, proof) as VectorJson;
    return { key: toHex(key), value: value && toHex(value), proof: json };
  });
  const state = [...machine.entries()].map(({ key, value }) => [toHex(key), toHex(value)]);
  return {
    path: 'ledger/chain.json',
    content: {
      genesis: Genesis.toJson(ledger.genesis) as VectorJson,
      genesisBytes: toHex(Genesis.encode(ledger.genesis)),
      network: toHex(ledger.realm.network),
      genesisAppHash,
      blocks,
      state,
      proofs,
    },
  };
}
