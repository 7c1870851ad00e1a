import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../repository.ts';
import {
  bytesOf,
  D,
  decode,
  encode,
  hexOf,
  type Item,
  isSigned,
  MAC,
  openChunk,
  padme,
  proto,
  realm,
  rootOf,
  rootOfClaim,
  rootOfHashes,
  rootOfState,
  sha256,
  stateKey,
  tagged,
} from './second-reading.ts';

// Vectors are JSON of many shapes; what is not there fails where it is compared.
// biome-ignore lint/suspicious/noExplicitAny: only this file reads them so
type Vectors = any;

function load(name: string): Vectors {
  return JSON.parse(readFileSync(join(REPOSITORY, 'vectors', name), 'utf8'));
}

/** A text, or one letter many times. */
function text(value: string | { readonly letter: string; readonly times: number }): Uint8Array {
  const whole = typeof value === 'string' ? value : value.letter.repeat(value.times);
  return new Uint8Array(Buffer.from(whole));
}
const list = (item: Item | undefined) => item as readonly Item[];

describe('read from docs/protocol.md alone', () => {
  it('CBOR has one encoding', () => {
    const { accepted } = load('protocol/cbor.json');
    for (const { hex } of accepted) {
      // Maps, which no format uses, are not in the small codec of this reading.
      if (/^[ab]/.test(hex)) continue;
      const first = Number.parseInt(hex.slice(0, 2), 16);
      if (first >> 5 !== 5 && !hex.includes('a1'))
        expect(hexOf(encode(decode(bytesOf(hex))))).toBe(hex);
    }
  });

  it('hashes, MACs and keys stand under tags', () => {
    const { network, key, bytes, cases } = load('protocol/tags.json');
    const { context, H, KDF } = realm(bytesOf(network));
    const parts = [1, 'two', bytesOf(bytes)];
    for (const one of cases) {
      expect(hexOf(tagged(one.tag, bytesOf(bytes)))).toBe(one.signed);
      expect(hexOf(D(one.tag, bytesOf(bytes)))).toBe(one.digest);
      expect(hexOf(context(one.tag, parts))).toBe(one.context);
      expect(hexOf(H(one.tag, ...parts))).toBe(one.hash);
      expect(hexOf(MAC(one.tag, bytesOf(key), ...parts))).toBe(one.mac);
      expect(hexOf(KDF(one.tag, bytesOf(key), parts))).toBe(one.key);
    }
  });

  it('a transaction is named by its body, and a network by its genesis', () => {
    for (const { bodyBytes, id, envelope, digest } of load('protocol/transaction.json').accepted) {
      expect(hexOf(D('transaction', bytesOf(bodyBytes)))).toBe(id);
      expect(hexOf(sha256(bytesOf(envelope)))).toBe(digest);
      expect(hexOf(list(decode(bytesOf(envelope)))[1] as Uint8Array)).toBe(bodyBytes);
    }
    const { genesisBytes, network } = load('ledger/chain.json');
    expect(hexOf(D('genesis', bytesOf(genesisBytes)))).toBe(network);
  });

  it('every claim about the state leads to the root', () => {
    for (const { root, claims } of load('protocol/state-proof.json').trees) {
      for (const { key, value, proof } of claims) {
        const valueBytes = value === null ? null : bytesOf(value);
        expect(hexOf(rootOfClaim(bytesOf(key), valueBytes, proof))).toBe(root);
      }
    }
    const { proofs, blocks } = load('ledger/chain.json');
    for (const { key, value, proof } of proofs) {
      const valueBytes = value === null ? null : bytesOf(value);
      expect(hexOf(rootOfClaim(bytesOf(key), valueBytes, proof))).toBe(blocks.at(-1).appHash);
    }
  });

  it('the state begins with what the genesis says', () => {
    const { genesisBytes, genesisAppHash, state, blocks } = load('ledger/chain.json');
    const [, , , , , , parameters, members] = list(decode(bytesOf(genesisBytes)));
    const whole = (fields: Item | undefined) => encode([1, ...list(fields)]);
    const ids = list(members).map((member) => list(member)[0] as Uint8Array);
    const entries = [
      ...list(members).flatMap((member) => {
        const [id, account, organisation] = list(member) as [Uint8Array, Item, Item];
        return [
          { key: stateKey('identity', 'accounts', id), value: whole(account) },
          { key: stateKey('network', 'organisations', id), value: whole(organisation) },
        ];
      }),
      { key: stateKey('network', 'parameters'), value: whole(parameters) },
      { key: stateKey('network', 'directory'), value: encode([1, ids]) },
      ...['identity', 'network', 'slots'].map((name) => ({
        key: stateKey('ledger', 'contracts', name),
        value: encode([1, 1, null]),
      })),
    ];
    expect(hexOf(rootOfState(entries))).toBe(genesisAppHash);
    const last = state.map(([key, value]: [string, string]) => ({
      key: bytesOf(key),
      value: bytesOf(value),
    }));
    expect(hexOf(rootOfState(last))).toBe(blocks.at(-1).appHash);
  });

  it('ids of a minute are bound into the state', () => {
    const { network, blocks, state } = load('ledger/chain.json');
    const prefix = `${hexOf(stateKey('ledger', 'replay'))}01`;
    const [, value] = state.find(([key]: [string]) => key.startsWith(prefix));
    const [, minute, chain] = list(decode(bytesOf(value)));
    const { H } = realm(bytesOf(network));
    const ends = (envelope: string) => {
      const body = list(decode(bytesOf(envelope)))[1] as Uint8Array;
      return { id: D('transaction', body), validUntil: list(decode(body))[4] as number };
    };
    // Those that were refused before their id counted as taken.
    const untaken = /^(NETWORK_MISMATCH|TRANSACTION_(EXPIRED|TOO_FAR|REPLAYED))$/;
    let expected = new Uint8Array(32);
    for (const { transactions, results } of blocks) {
      const isTaken = (_: string, i: number) =>
        !untaken.test(results[i].outcome.verdict.code ?? '');
      const seen = transactions.filter(isTaken).map(ends);
      const ids = seen.filter(({ validUntil }: { validUntil: number }) => {
        return Math.floor(validUntil / 60) === minute;
      });
      if (ids.length === 0) continue;
      const bytes = ids.map(({ id }: { id: Uint8Array }) => id);
      expected = new Uint8Array(
        H('replay-chain', minute as number, expected, new Uint8Array(Buffer.concat(bytes))),
      );
    }
    expect(hexOf(chain as Uint8Array)).toBe(hexOf(expected));
  });

  it('headers, validators, commits and votes are hashed as CometBFT does', () => {
    const { first } = load('protocol/header.json');
    const { header, validators, commit } = first.block;
    const time = (at: Vectors) => proto({ 1: at.seconds, 2: at.nanos });
    const blockId = (id: Vectors) =>
      proto({
        1: bytesOf(id.hash),
        2: { message: proto({ 1: id.partsTotal, 2: bytesOf(id.partsHash) }) },
      });
    const wrapped = (bytes: Uint8Array) => proto({ 1: bytes });
    const hashes = ['lastCommitHash', 'dataHash', 'validatorsHash', 'nextValidatorsHash'];
    const rest = ['consensusHash', 'appHash', 'lastResultsHash', 'evidenceHash', 'proposer'];
    const leaves = [
      proto({ 1: header.versionBlock, 2: header.versionApp }),
      wrapped(text(header.chain)),
      proto({ 1: header.height }),
      time(header.time),
      blockId(header.lastBlock),
      ...[...hashes, ...rest].map((name) => wrapped(bytesOf(header[name]))),
    ];
    expect(hexOf(rootOf(leaves))).toBe(first.headerHash);
    const members = validators.map(({ publicKey, power }: Vectors) =>
      proto({ 1: { message: proto({ 1: bytesOf(publicKey) }) }, 2: power }),
    );
    expect(hexOf(rootOf(members))).toBe(first.validatorsHash);
    const flags: Vectors = { absent: 1, commit: 2, nil: 3 };
    const signatures = commit.signatures.map((one: Vectors) =>
      proto({
        1: flags[one.flag],
        2: bytesOf(one.validator),
        3: { message: time(one.time) },
        4: bytesOf(one.signature),
      }),
    );
    expect(hexOf(rootOf(signatures))).toBe(first.commitHash);
    const address = hexOf(sha256(bytesOf(validators[0].publicKey))).slice(0, 40);
    expect(commit.signatures[0].validator).toBe(address);
  });

  it('slots of units and entries follow from secrets', () => {
    const { network, secrets, addresses, charts, recipients } = load('charts/keys.json');
    const { H } = realm(bytesOf(network));
    const organisation = bytesOf(secrets.organisation);
    for (const one of addresses) {
      const secret = MAC('write-secret', bytesOf(secrets.writeSecret), one.epoch);
      const unit = MAC('unit-slot', secret, one.n);
      const entry = MAC('open-slot', bytesOf(secrets.openSecret), one.n);
      expect(hexOf(secret)).toBe(one.sourceSecret);
      expect(hexOf(H('source', organisation, secret))).toBe(one.sourceDigest);
      expect(hexOf(unit)).toBe(one.unitAddress);
      expect(hexOf(H('slot-org', organisation, unit))).toBe(one.unitSlot);
      expect(hexOf(H('slot-org', organisation, entry))).toBe(one.entrySlot);
    }
    const { seed } = load('charts/keys.json');
    for (const { number, writeSecrets } of charts) {
      const root = realm(bytesOf(network)).KDF('wallet-key', bytesOf(seed), [number, 'card-root']);
      const made = recipients.map((recipient: string) =>
        hexOf(MAC('card', root, bytesOf(recipient))),
      );
      expect(made).toEqual(writeSecrets);
    }
  });

  it('charts and headers are named by what makes them', () => {
    const { network, ids, accepted } = load('charts/header.json');
    const { H } = realm(bytesOf(network));
    for (const { ck, cold, chart } of ids) {
      expect(hexOf(H('chart', bytesOf(ck), bytesOf(cold)))).toBe(chart);
    }
    for (const { bytes, digest } of accepted) {
      const header = list(decode(bytesOf(bytes)))[1] as Uint8Array;
      expect(hexOf(D('chart-header', header))).toBe(digest);
    }
  });

  it('units are bound by leaves, root, label and commitment, and their bodies open', () => {
    const { network, labels, leaves, lengths, units } = load('charts/unit.json');
    const { H, KDF } = realm(bytesOf(network));
    for (const { salt, metadataBytes, text: record, leaf } of leaves) {
      const parts = [bytesOf(salt), bytesOf(metadataBytes), text(record)];
      expect(hexOf(H('record', ...parts))).toBe(leaf);
    }
    for (const one of labels) {
      const parts = [one.suite, bytesOf(one.chart), one.epoch, bytesOf(one.q), bytesOf(one.unit)];
      expect(hexOf(H('label', ...parts, bytesOf(one.root), one.count))).toBe(one.label);
    }
    for (const { length, padded } of lengths) expect(padme(length)).toBe(padded);
    for (const { manifest, commitment, label, k1, k2, packedName, bodies, texts } of units) {
      expect(hexOf(H('unit', bytesOf(manifest)))).toBe(commitment);
      const [, , , , , , root, leafHashes] = list(decode(bytesOf(manifest)));
      expect(hexOf(rootOfHashes(leafHashes as Uint8Array[]))).toBe(hexOf(root as Uint8Array));
      const entries = bodies.map(({ digest, size }: Vectors) => [bytesOf(digest), size]);
      if (packedName !== null) {
        expect(hexOf(D('unit-object', encode(entries)))).toBe(packedName);
      }
      for (const [j, { sealed, digest }] of bodies.entries()) {
        expect(hexOf(D('object', bytesOf(sealed)))).toBe(digest);
        const lock = bytesOf(k1 + k2);
        const key = KDF('unit-body', lock, [j], bytesOf(label));
        const aad = new Uint8Array(Buffer.concat([bytesOf(label), encode(j)]));
        const plain = openChunk(bytesOf(sealed), key, aad);
        const start = 36 + Buffer.from(plain).readUInt32BE(32);
        const record = Buffer.from(plain.slice(start)).toString('utf8').replace(/\0+$/, '');
        expect(record).toBe(texts[j]);
      }
    }
  });

  it('grants, entries and actors are committed to', () => {
    const grant = load('charts/grant.json');
    const { H } = realm(bytesOf(grant.network));
    for (const { salt, bytes, leaf } of grant.grants) {
      expect(hexOf(H('grant', bytesOf(salt), bytesOf(bytes)))).toBe(leaf);
    }
    const { entry, actor, network } = load('charts/opening.json');
    const own = realm(bytesOf(network));
    expect(hexOf(own.H('open', bytesOf(entry.salt), bytesOf(entry.bytes)))).toBe(entry.value);
    const parts = [actor.json.salt, actor.json.publicKey, actor.json.signature].map(bytesOf);
    expect(hexOf(own.H('actor', ...parts))).toBe(actor.commitment);
  });

  it('a set of erased labels has its name and root', () => {
    const { set } = load('charts/erased.json');
    const [, labels] = list(decode(bytesOf(set.object)));
    expect(hexOf(D('object', bytesOf(set.object)))).toBe(set.name);
    expect(hexOf(rootOf(labels as Uint8Array[]))).toBe(set.root);
  });

  it('signatures cover what stands under their tags', () => {
    const signed: boolean[] = [];
    const covers = (tag: string, bytes: Uint8Array, signature: string, key: string) =>
      signed.push(isSigned(tagged(tag, bytes), bytesOf(signature), bytesOf(key)));
    for (const { name, bodyBytes, envelope } of load('protocol/transaction.json').accepted) {
      const signatures = list(list(decode(bytesOf(envelope)))[2]) as [Uint8Array, Uint8Array][];
      if (name === 'a passkey') continue;
      for (const [key, signature] of signatures) {
        covers('transaction', bytesOf(bodyBytes), hexOf(signature), hexOf(key));
      }
    }
    for (const { header, bytes } of load('charts/header.json').accepted) {
      const [, headerBytes, signature] = list(decode(bytesOf(bytes))) as [
        Item,
        Uint8Array,
        Uint8Array,
      ];
      covers('chart-header', headerBytes, hexOf(signature), header.authority.ck);
    }
    for (const { author, label } of load('charts/unit.json').units) {
      covers('author', bytesOf(label), author.signature, author.publicKey);
    }
    const {
      deal,
      signed: signedDeal,
      network,
      receipt,
      receiptKey,
      deletion,
    } = load('charts/deal.json');
    const [, dealBytes, dealSignature] = list(decode(bytesOf(signedDeal)));
    covers('deal', dealBytes as Uint8Array, hexOf(dealSignature as Uint8Array), deal.authority.ck);
    const { H } = realm(bytesOf(network));
    const q = [receipt.chart, receipt.q].map(bytesOf);
    const promised = H('deal-receipt', ...q, receipt.index, bytesOf(receipt.custodian));
    covers('deal-receipt', promised, receipt.signature, receiptKey);
    const { organisation, what, subject, time } = deletion;
    const gone = H('deletion-receipt', bytesOf(organisation), what, bytesOf(subject), time);
    covers('deletion-receipt', gone, deletion.signature, receiptKey);
    expect(signed.length).toBeGreaterThan(8);
    expect(signed).not.toContain(false);
  });

  it('an opening is signed by staff, service and custodian', () => {
    const { network, entry, actor, exchange } = load('charts/opening.json');
    const { H } = realm(bytesOf(network));
    const { chart, leaf, labels, purpose, reason } = entry.json;
    const asked = [bytesOf(network), bytesOf(chart), bytesOf(leaf), labels.map(bytesOf)];
    const staff = tagged('staff-request', encode([...asked, purpose, reason, actor.json.time]));
    const { signature, publicKey } = actor.json;
    expect(isSigned(staff, bytesOf(signature), bytesOf(publicKey))).toBe(true);
    const { receipt, receiptKey } = exchange;
    const parts = [bytesOf(receipt.entry), bytesOf(receipt.custodian), receipt.decideVersion];
    const word = H('opening-receipt', ...parts, receipt.verdict, receipt.time);
    const message = tagged('opening-receipt', word);
    expect(isSigned(message, bytesOf(receipt.signature), bytesOf(receiptKey))).toBe(true);
  });
});
