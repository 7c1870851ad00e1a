import {
  Card,
  ChartHeader,
  ChartKeys,
  chartId,
  currentKeys,
  entryAddress,
  entrySlot,
  isCurrent,
  makeColdKey,
  parseHeader,
  provedValues,
  signHeader,
  sourceDigest,
  sourceSecret,
  successionValue,
  unitAddress,
  unitSlot,
  type VerifiedHeader,
} from '@ward/charts';
import { carriedSlot } from '@ward/ledger/schema';
import { type Crypto, toHex } from '@ward/protocol';
import { codeOf } from '@ward/testkit/refusals';
import { makeSampleChart, type SampleChart, sampleRealm } from '@ward/testkit/sample-chart';
import { SampleState } from '@ward/testkit/sample-opening';
import { seededRandom } from '@ward/testkit/seeded-random';
import type { VectorFile, VectorJson } from './vector-file.ts';

/** Keys that a wallet derives, cards, and the addresses that secrets lead to. */
export function chartKeyVectors(crypto: Crypto): VectorFile {
  const realm = sampleRealm(crypto);
  const random = seededRandom(21);
  const seed = random.bytes(32);
  const recipients = [random.bytes(16), random.bytes(32)];
  const charts = [0, 1].map((number) => {
    const keys = new ChartKeys({ seed, number }, realm);
    return {
      number,
      ck: toHex(keys.ck.publicKey),
      slots: [0, 1, 2].map((version) => toHex(keys.slot(version).publicKey)),
      ownerSlots: [0, 1].map((n) => toHex(keys.ownerSlot({ epoch: 3, n }).publicKey)),
      mailbox: toHex(keys.mailbox.sealingKey.bytes),
      writeSecrets: recipients.map((recipient) => toHex(keys.writeSecret(recipient))),
    };
  });
  const { seed: coldSeed, cold } = makeColdKey(random, realm);
  const writeSecret = random.bytes(32);
  const [organisation, openSecret] = [random.bytes(16), random.bytes(32)];
  const addresses = [0, 1, 1000].map((n) => {
    const secret = sourceSecret({ writeSecret, epoch: n }, crypto);
    const source = { organisation, secret };
    return {
      epoch: n,
      n,
      sourceSecret: toHex(secret),
      sourceDigest: toHex(sourceDigest(source, realm)),
      unitAddress: toHex(unitAddress({ secret, n }, crypto)),
      unitSlot: toHex(unitSlot({ source, n }, realm)),
      entryAddress: toHex(entryAddress({ openSecret, n }, crypto)),
      entrySlot: toHex(entrySlot({ grantee: organisation, openSecret, n }, realm)),
    };
  });
  const card: Card = {
    network: realm.network,
    kind: 'general',
    ck: random.bytes(32),
    cold,
    writeSecret,
    recipient: organisation,
    vaults: [random.bytes(16)],
  };
  const content = {
    network: toHex(realm.network),
    seed: toHex(seed),
    recipients: recipients.map(toHex),
    charts,
    cold: { seed: toHex(coldSeed), slot: toHex(cold) },
    secrets: {
      organisation: toHex(organisation),
      writeSecret: toHex(writeSecret),
      openSecret: toHex(openSecret),
    },
    addresses,
    card: { json: Card.toJson(card), bytes: toHex(Card.encode(card)) } as VectorJson,
  };
  return { path: 'charts/keys.json', content };
}

function described(name: string, verified: VerifiedHeader): VectorJson {
  return {
    name,
    header: ChartHeader.toJson(verified.header),
    bytes: toHex(verified.bytes),
    digest: toHex(verified.digest),
  } as VectorJson;
}

function refusedHeaders(sample: SampleChart): VectorJson[] {
  const { realm, chart, header, keys, random } = sample;
  const thief = makeSampleChart(realm.crypto, { seed: 32 });
  const good = sample.sign().bytes;
  const altered: [string, Uint8Array][] = [
    ['signed by another key', signHeader(header, thief.keys.ck, realm).bytes],
    ['of another chart', thief.sign().bytes],
    ['with another id', sample.sign({ chart: random.bytes(32) }).bytes],
    [
      'with an authority that does not make the id',
      signHeader({ ...header, authority: thief.authority }, thief.keys.ck, realm).bytes,
    ],
    [
      'signed by an authority of before',
      signHeader(
        { ...header, predecessors: [header.authority], authority: thief.authority },
        keys.ck,
        realm,
      ).bytes,
    ],
    ['cut short', good.slice(0, -1)],
    ['with an altered signature', good.map((byte, i) => (i === good.length - 1 ? byte ^ 1 : byte))],
  ];
  return altered.map(([name, bytes]) => {
    const code = codeOf(() => parseHeader(bytes, chart, realm));
    if (code === undefined) throw new Error(`a header ${name} is accepted`);
    return { name, bytes: toHex(bytes), code };
  });
}

type Held = 'nothing' | 'right' | 'other';

/** Whether a header is current, for combinations of what its slots hold. */
function currentVectors(sample: SampleChart): VectorJson[] {
  const { realm, chart, random, authority } = sample;
  const next = makeSampleChart(realm.crypto, { seed: 33 });
  const taken = signHeader(
    { ...sample.header, predecessors: [authority], authority: next.authority },
    next.keys.ck,
    realm,
  );
  const combine = (shown: VerifiedHeader, held: readonly Held[]) => {
    const { header, digest } = shown;
    const rights = [
      digest,
      digest,
      digest,
      successionValue({ chart, authority: header.authority }, realm),
    ];
    const slots = [header.slot, header.nextSlot].map((key) => carriedSlot(key, realm));
    slots.push(header.authority.cold, ...header.predecessors.map(({ cold }) => cold));
    const state = new SampleState();
    for (const [i, slot] of slots.entries()) {
      const each = held[i];
      if (each === 'right') state.writeSlot(slot, rights[i]!, 1_800_000_000);
      if (each === 'other') state.writeSlot(slot, random.bytes(32), 1_800_000_000);
    }
    const { claims } = state.prove(currentKeys(shown, realm), realm.crypto);
    return {
      header: toHex(shown.bytes),
      held: [...held],
      values: claims.map(({ key, value }) => ({
        key: toHex(key),
        value: value === null ? null : toHex(value),
      })),
      current: isCurrent(shown, provedValues(claims), realm),
    };
  };
  const words: Held[] = ['nothing', 'right', 'other'];
  const own = sample.sign();
  return [
    ...words.flatMap((a) => words.map((b) => combine(own, [a, b, 'nothing']))),
    ...(['right', 'other'] as const).map((cold) => combine(own, ['right', 'nothing', cold])),
    ...words.map((each) => combine(taken, ['right', 'nothing', 'nothing', each])),
  ];
}

/** Chart ids, signed headers, refused ones, and when a header is current. */
export function chartHeaderVectors(crypto: Crypto): VectorFile {
  const sample = makeSampleChart(crypto, { seed: 31 });
  const { realm, chart, authority, random } = sample;
  const content = {
    network: toHex(realm.network),
    ids: [authority, { ck: random.bytes(32), cold: random.bytes(32) }].map((each) => ({
      ck: toHex(each.ck),
      cold: toHex(each.cold),
      chart: toHex(chartId(each, realm)),
      succession: toHex(successionValue({ chart, authority: each }, realm)),
    })),
    chart: toHex(chart),
    accepted: [
      described('the first', sample.sign()),
      described('frozen, readable offline', sample.sign({ state: 'frozen', releases: [] })),
      described('version 9', sample.sign({ version: 9, slot: random.bytes(32) })),
    ],
    refused: refusedHeaders(sample),
    current: currentVectors(sample),
  };
  return { path: 'charts/header.json', content };
}
