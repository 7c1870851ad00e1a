import { readFileSync } from 'node:fs';
import { loadCrypto } from '@ward/protocol/crypto';
import { type FuzzTarget, fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { describe, expect, it } from 'vitest';
import { ForkEvidence } from './block/fork-evidence.ts';
import { LightBlock } from './block/header.ts';
import { parseTrustRoot } from './block/trust-root.ts';
import { equalBytes, parseHex } from './bytes.ts';
import { decodeCbor, encodeCbor } from './cbor/cbor.ts';
import { refuse } from './errors/protocol-errors.ts';
import { word } from './errors/ward-error.ts';
import { defineFormat, type Format } from './format/define-format.ts';
import { encodeProblem, parseProblem } from './http/problem.ts';
import { RequestSignature, signRequest, verifyRequest } from './http/request-signature.ts';
import { stateProofField } from './proof/state-proof.ts';
import { TransactionBody, TransactionEnvelope } from './transaction/body.ts';
import { passkeySignature } from './transaction/passkey-signature.ts';
import { parseTransaction } from './transaction/transaction.ts';
import { verifyAssertion, WebAuthnAssertion } from './transaction/webauthn.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { verifyCosignatures, type WitnessKey } from './witness/cosignature.ts';
import { LedgerEvidence } from './witness/ledger-evidence.ts';
import { formatVerifierKey, parseVerifierKey } from './witness/verifier-key.ts';

const RUNS = inputsFor(1_000_000);
const crypto = await loadCrypto();
const realm = { network: new Uint8Array(32), crypto };

function vectors(file: string) {
  const url = new URL(`../../vectors/protocol/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

const hexes = (cases: { [field: string]: string }[], field: string) =>
  cases.map((one) => parseHex(one[field]!));

/** Decodes, and holds what is accepted to its only encoding. */
function canonical<T>(format: Format<T>): (bytes: Uint8Array) => void {
  return (bytes) => {
    const value = format.decode(bytes);
    if (!equalBytes(format.encode(value), bytes)) throw new Error('a second encoding');
  };
}

const StateProofSample = defineFormat('state-proof-fuzz', 1, { proof: stateProofField });
const transactions = vectors('transaction').accepted;
const envelopes = hexes(transactions, 'envelope');
const lightBlocks = hexes(vectors('header').later, 'bytes').filter(
  (bytes) => bytes.length < 1024 * 8,
);
const light = vectors('light-client');
const witness = vectors('witness');
const witnesses: WitnessKey[] = witness.witnesses.map(
  (one: { name: string; publicKey: string }) => ({
    name: one.name,
    publicKey: parseHex(one.publicKey),
  }),
);
const ledgerNames = { network: new Uint8Array(32), chain: 'ward-vectors-1' };
const evidence = [
  ...hexes(light.forks, 'bytes').map((bytes) => {
    const fork = ForkEvidence.decode(bytes);
    return LedgerEvidence.encode({ ...ledgerNames, shown: { kind: 'fork', fork } });
  }),
  ...lightBlocks.slice(0, 1).map((bytes) => {
    const split = { note: witness.cosigned[0].note, block: LightBlock.decode(bytes) };
    return LedgerEvidence.encode({ ...ledgerNames, shown: { kind: 'split', split } });
  }),
  LedgerEvidence.encode({ ...ledgerNames, shown: { kind: 'unproved', height: 7 } }),
];
const proofs = vectors('state-proof').trees.flatMap((tree: { claims: never[] }) =>
  hexes(tree.claims, 'bytes'),
);
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32));
const signer = { kind: 'owner', ck: keyPair.publicKey, cold: new Uint8Array(32) } as const;
const request = { audience: new Uint8Array(16), method: 'GET', target: '/', body: null };
const header = signRequest(
  request,
  { key: { signer, keyPair }, time: 5 },
  { bytes: (length) => new Uint8Array(length) },
  realm,
);
const problem = encodeProblem(refuse('FORMAT_RANGE', { format: word('card'), offset: 7 }));
const passkey = TransactionEnvelope.decode(envelopes[2]!).signatures[0]!;

const TARGETS: { readonly [name: string]: FuzzTarget } = {
  decodeCbor: {
    parse(bytes) {
      if (!equalBytes(encodeCbor(decodeCbor(bytes)), bytes)) throw new Error('a second encoding');
    },
    samples: [...hexes(vectors('cbor').accepted, 'hex'), ...envelopes],
  },
  TransactionEnvelope: { parse: canonical(TransactionEnvelope), samples: envelopes },
  TransactionBody: {
    parse: canonical(TransactionBody),
    samples: hexes(transactions, 'bodyBytes'),
  },
  parseTransaction: { parse: (bytes) => parseTransaction(bytes, crypto), samples: envelopes },
  LightBlock: { parse: canonical(LightBlock), samples: lightBlocks },
  ForkEvidence: { parse: canonical(ForkEvidence), samples: hexes(light.forks, 'bytes') },
  LedgerEvidence: { parse: canonical(LedgerEvidence), samples: evidence },
  'a verifier key': {
    parse: (bytes) => parseVerifierKey(Buffer.from(bytes).toString('utf8'), crypto),
    samples: witnesses.map((one) => encodeUtf8(formatVerifierKey(one, crypto))),
    words: ['+', '/', '=', 'AAAA', '00000000', ' '],
  },
  'a trust root': {
    parse: (bytes) => parseTrustRoot(Buffer.from(bytes).toString('latin1'), crypto),
    samples: light.roots.map((one: { text: string }) => encodeUtf8(one.text)),
    words: ['WARD1:', 'AAAAAAAA', '77'],
  },
  'a cosigned head': {
    parse: (bytes) => verifyCosignatures(Buffer.from(bytes).toString('utf8'), witnesses, crypto),
    samples: witness.cosigned.map((one: { note: string }) => encodeUtf8(one.note)),
    words: ['\u2014 ', '\n\n', '\n', ' ', '0', 'AAAA', '='],
  },
  StateProof: { parse: canonical(StateProofSample), samples: proofs },
  RequestSignature: { parse: canonical(RequestSignature), samples: [parseHex(header)] },
  'the header of a request': {
    parse: (bytes) =>
      verifyRequest(request, { header: Buffer.from(bytes).toString('latin1'), now: 5 }, realm),
    samples: [encodeUtf8(header)],
    words: ['00', 'ff', '9bffffffff', 'zz'],
  },
  problem: {
    parse: (bytes) => {
      throw parseProblem(bytes, word('get-thing'));
    },
    samples: [problem],
    words: ['"code":', '"data":', '"CBOR_TRUNCATED"', '[[[[', '\\u0000', '__proto__', '1e999'],
  },
  'a body as JSON': {
    parse(bytes) {
      let json: unknown;
      try {
        json = JSON.parse(decodeUtf8(bytes));
      } catch {
        return;
      }
      TransactionBody.encode(TransactionBody.fromJson(json));
    },
    samples: transactions.map((one: { body: object }) => encodeUtf8(JSON.stringify(one.body))),
    words: ['null', '"role":', '-1', '1e400', '0.5', '"\\ud800"', '{}', '[]'],
  },
  'an assertion': {
    parse(bytes) {
      const options = { challenge: new Uint8Array(32), publicKey: passkey.publicKey };
      verifyAssertion(WebAuthnAssertion.decode(bytes), options, crypto);
    },
    samples: [passkey.signature],
    words: ['"type":', 'webauthn.get', '","crossOrigin":false', '}'],
  },
  'a DER signature': {
    parse: passkeySignature,
    samples: [parseHex('3006020101020101'), parseHex(`3026020101022100${'aa'.repeat(32)}`)],
  },
};

describe('a million altered inputs', () => {
  it.each(Object.entries(TARGETS))('leave %s with a code each', (name, target) => {
    const report = fuzz(target, { seed: 1, runs: RUNS, memoryMaxBytes: 256 * 1024 * 1024 });
    tellFuzz(name, report);
    expect(report.runs).toBe(RUNS);
    expect(report.codes.size).toBeGreaterThan(0);
    expect(report.accepted).toBeLessThan(RUNS);
  });
});
