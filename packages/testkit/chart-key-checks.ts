import {
  Card,
  ChartHeader,
  ChartKeys,
  chartId,
  currentKeys,
  entryAddress,
  entrySlot,
  epochKey,
  Grant,
  grantLeaf,
  InboxLetter,
  isCurrent,
  isInRoster,
  openLetter,
  openSeed,
  openSources,
  parseHeader,
  provedValues,
  Sources,
  sourceDigest,
  sourceSecret,
  successionValue,
  unitAddress,
  unitSlot,
  writePart,
} from '@ward/charts';
import { carriedSlot } from '@ward/ledger/schema';
import { type Crypto, type Json, parseHex, toHex } from '@ward/protocol';
import { codeOf, codeOfAsync } from './refusals.ts';
import { same } from './same.ts';

interface KeysFile {
  network: string;
  seed: string;
  recipients: string[];
  charts: {
    number: number;
    ck: string;
    slots: string[];
    ownerSlots: string[];
    mailbox: string;
    writeSecrets: string[];
  }[];
  cold: { seed: string; slot: string };
  secrets: { organisation: string; writeSecret: string; openSecret: string };
  addresses: {
    epoch: number;
    n: number;
    sourceSecret: string;
    sourceDigest: string;
    unitAddress: string;
    unitSlot: string;
    entryAddress: string;
    entrySlot: string;
  }[];
  card: { json: Json; bytes: string };
}

export function checkKeys(file: KeysFile, crypto: Crypto): void {
  const realm = { network: parseHex(file.network), crypto };
  for (const { number, ...wanted } of file.charts) {
    const keys = new ChartKeys({ seed: parseHex(file.seed), number }, realm);
    const found = {
      ck: toHex(keys.ck.publicKey),
      slots: wanted.slots.map((_, version) => toHex(keys.slot(version).publicKey)),
      ownerSlots: wanted.ownerSlots.map((_, n) => toHex(keys.ownerSlot({ epoch: 3, n }).publicKey)),
      mailbox: toHex(keys.mailbox.sealingKey.bytes),
      writeSecrets: file.recipients.map((each) => toHex(keys.writeSecret(parseHex(each)))),
    };
    same(`chart ${number}`, found, wanted);
  }
  const coldKey = crypto.ed25519.keyPair(parseHex(file.cold.seed));
  same('cold', toHex(carriedSlot(coldKey.publicKey, realm)), file.cold.slot);
  const { secrets } = file;
  const [organisation, writeSecret, openSecret] = [
    parseHex(secrets.organisation),
    parseHex(secrets.writeSecret),
    parseHex(secrets.openSecret),
  ];
  for (const { epoch, n, ...wanted } of file.addresses) {
    const secret = sourceSecret({ writeSecret, epoch }, crypto);
    const source = { organisation, secret };
    const found = {
      sourceSecret: toHex(secret),
      sourceDigest: toHex(sourceDigest(source, realm)),
      unitAddress: toHex(unitAddress({ secret, n }, crypto)),
      unitSlot: toHex(unitSlot({ source, n }, realm)),
      entryAddress: toHex(entryAddress({ openSecret, n }, crypto)),
      entrySlot: toHex(entrySlot({ grantee: organisation, openSecret, n }, realm)),
    };
    same(`addresses ${n}`, found, wanted);
  }
  same('card', toHex(Card.encode(Card.fromJson(file.card.json))), file.card.bytes);
  same('card as JSON', Card.toJson(Card.decode(parseHex(file.card.bytes))), file.card.json);
}

interface HeaderFile {
  network: string;
  ids: { ck: string; cold: string; chart: string; succession: string }[];
  chart: string;
  accepted: { name: string; header: Json; bytes: string; digest: string }[];
  refused: { name: string; bytes: string; code: string }[];
  current: {
    header: string;
    held: string[];
    values: { key: string; value: string | null }[];
    current: boolean;
  }[];
}

export function checkHeaders(file: HeaderFile, crypto: Crypto): void {
  const realm = { network: parseHex(file.network), crypto };
  const chart = parseHex(file.chart);
  for (const each of file.ids) {
    const authority = { ck: parseHex(each.ck), cold: parseHex(each.cold) };
    same('id', toHex(chartId(authority, realm)), each.chart);
    same('succession', toHex(successionValue({ chart, authority }, realm)), each.succession);
  }
  for (const { name, header, bytes, digest } of file.accepted) {
    const verified = parseHeader(parseHex(bytes), chart, realm);
    same(name, ChartHeader.toJson(verified.header), header);
    same(`${name}, digest`, toHex(verified.digest), digest);
  }
  for (const { name, bytes, code } of file.refused) {
    const found = codeOf(() => parseHeader(parseHex(bytes), chart, realm));
    same(name, found, code);
  }
  for (const { header, held, values, current } of file.current) {
    const verified = parseHeader(parseHex(header), chart, realm);
    const wanted = values.map(({ key }) => key);
    same('state keys', currentKeys(verified, realm).map(toHex), wanted);
    const claims = values.map(({ key, value }) => ({
      key: parseHex(key),
      value: value === null ? null : parseHex(value),
    }));
    same(held.join(), isCurrent(verified, provedValues(claims), realm), current);
  }
}

interface GrantFile {
  network: string;
  grants: { json: Json; salt: string; bytes: string; leaf: string }[];
  writePart: { writeSecret: string; digest: string };
  roster: { object: string; present: string[]; absent: string[] };
  letter: { organisation: string; keySeed: string; sealed: string; json: Json };
}

export async function checkGrants(file: GrantFile, crypto: Crypto): Promise<void> {
  const realm = { network: parseHex(file.network), crypto };
  for (const { json, salt, bytes, leaf } of file.grants) {
    const grant = Grant.encode(Grant.fromJson(json));
    same('grant', toHex(grant), bytes);
    same('leaf', toHex(grantLeaf({ salt: parseHex(salt), grant }, realm)), leaf);
  }
  const { writeSecret, digest } = file.writePart;
  same('write part', toHex(writePart(parseHex(writeSecret), realm)), digest);
  const roster = parseHex(file.roster.object);
  for (const leaf of file.roster.present) same(leaf, isInRoster(roster, parseHex(leaf)), true);
  for (const leaf of file.roster.absent) same(leaf, isInRoster(roster, parseHex(leaf)), false);
  const { letter } = file;
  const organisation = parseHex(letter.organisation);
  const key = crypto.kem.openingKey(parseHex(letter.keySeed));
  const opened = await openLetter(parseHex(letter.sealed), { organisation, key }, realm);
  same('letter', InboxLetter.toJson({ letter: opened }), letter.json);
}

interface EpochFile {
  network: string;
  chart: string;
  epoch: number;
  seed: string;
  sealingKey: string;
  seeds: {
    object: string;
    readers: { keySeed: string; leaf: string }[];
    otherEpoch: { epoch: number; code: string };
  };
  sources: { object: string; json: Json };
}

export async function checkEpochs(file: EpochFile, crypto: Crypto): Promise<void> {
  const realm = { network: parseHex(file.network), crypto };
  const { epoch, seeds } = file;
  const [chart, seed] = [parseHex(file.chart), parseHex(file.seed)];
  same('key', toHex(epochKey(seed, realm).sealingKey.bytes), file.sealingKey);
  const object = parseHex(seeds.object);
  for (const { keySeed, leaf } of seeds.readers) {
    const key = crypto.kem.openingKey(parseHex(keySeed));
    const place = { chart, epoch, leaf: parseHex(leaf) };
    same('seed', toHex((await openSeed(object, place, key, realm))!), file.seed);
    const other = { ...place, epoch: seeds.otherEpoch.epoch };
    const code = await codeOfAsync(() => openSeed(object, other, key, realm));
    same('seed of another epoch', code, seeds.otherEpoch.code);
  }
  const sources = await openSources(parseHex(file.sources.object), { seed, epoch }, realm);
  same('sources', Sources.toJson(sources), file.sources.json);
}
