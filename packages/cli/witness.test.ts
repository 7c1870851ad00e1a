import { readdirSync, writeFileSync } from 'node:fs';
import { getCosignedHead, getWitnessStatus } from '@ward/ledger/schema';
import {
  checkpointOrigin,
  cosign,
  formatTrustRoot,
  formatVerifierKey,
  type Json,
  parseTrustRoot,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { type CommandActor, CommandStage, wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import decodeQR from 'qr/decode.js';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const network = await ClientNetwork.start(crypto, 11);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const { networkPath } = stage;
const { network: id, genesis } = network.networkFile;
const anna = stage.at(stage.path('anna'));
const paul = stage.at(stage.path('paul'));
const anybody = stage.at(stage.path('nowhere'));
const shapes = new GoldenShapes();

async function golden<T>(who: CommandActor, line: string): Promise<T> {
  const json = await who.json<Json>(line);
  shapes.keep(wordsOf(line), json, 'anybody');
  return json as T;
}

const at = `--network ${networkPath}`;
const root = async () => (await anybody.json<{ root: string }>(`ledger root ${at}`)).root;
const NAME = 'watch.example.org/ward';
const ORIGIN = 'https://watch.example.org';
const keyPair = crypto.ed25519.keyPair(new Uint8Array(32).fill(5));
const key = formatVerifierKey({ name: NAME, publicKey: keyPair.publicKey }, crypto);

/** A witness that cosigned the newest head, or another block of its height. */
async function witnessed(hash?: Uint8Array): Promise<void> {
  const { height, hash: head } = await headOf();
  const checkpoint = { origin: checkpointOrigin(id, genesis.chain), height, hash: hash ?? head };
  const time = Math.floor(network.clock.nowMs() / 1000);
  const note = cosign({ checkpoint, time }, { name: NAME, keyPair }, crypto);
  const status = { software: 'test', key, network: id, chain: genesis.chain, height };
  const doors = [
    memoryDoor(getCosignedHead, () => ({ note })),
    memoryDoor(getWitnessStatus, () => ({ ...status, alarm: false })),
  ];
  network.overrides.set(ORIGIN, memoryTransport(ORIGIN, doors));
}

async function headOf() {
  const { height, hash } = parseTrustRoot(await root(), crypto);
  return { height, hash };
}

/** What a reader of QR codes sees on a screen of half blocks. */
function readCode(lines: readonly string[]): string {
  const rows = lines.flatMap((line) => [
    [...line].map((sign) => sign === '█' || sign === '▀'),
    [...line].map((sign) => sign === '█' || sign === '▄'),
  ]);
  const scale = 4;
  const [width, height] = [rows[0]!.length * scale, rows.length * scale];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLight = rows[Math.floor(y / scale)]![Math.floor(x / scale)]!;
      data.fill(isLight ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 3);
      data[(y * width + x) * 4 + 3] = 255;
    }
  }
  return decodeQR({ width, height, data });
}

describe('a trust root', () => {
  it('is one line, and on a terminal a code that a phone can read', async () => {
    const { root: line } = await golden<{ root: string }>(anybody, `ledger root ${at}`);
    expect(parseTrustRoot(line, crypto)).toMatchObject({ network: id, chain: genesis.chain });
    const { output } = await anybody.run(`ledger root ${at}`, { columns: 80 });
    const lines = output.split('\n').filter((each) => /^[█▀▄ ]{30,80}$/.test(each));
    expect(readCode(lines)).toBe(line);
    expect((await anybody.run(`ledger root ${at}`)).output).not.toContain('█');
  });

  it('is where a wallet begins: with a network file, or nothing but a node', async () => {
    await anna.json(`wallet create ${at} --trust-root ${await root()}`);
    expect(await anna.json('ledger status')).toMatchObject({ chain: genesis.chain });
    const node = 'https://node.example';
    network.overrides.set(node, network.node.transport);
    await paul.json(`wallet create --trust-root ${await root()} --from-node ${node}`);
    expect(await paul.json('ledger status')).toMatchObject({ chain: genesis.chain });
  });

  it('is refused with a sign altered, of another network, or for another block', async () => {
    const line = await root();
    const nobody = stage.at(stage.path('nobody'));
    const create = (text: string, more = at) =>
      nobody.refusal(`wallet create --trust-root ${text} ${more}`);
    const slip = line.slice(0, -1) + (line.endsWith('A') ? 'B' : 'A');
    expect(await create(slip)).toBe('TRUST_ROOT_INVALID 1');
    const right = parseTrustRoot(line, crypto);
    const foreign = formatTrustRoot({ ...right, network: new Uint8Array(32) }, crypto);
    expect(await create(foreign)).toBe('TRUST_ROOT_FOREIGN 1');
    const node = '--from-node https://node.example';
    expect(await create(foreign, node)).toBe('TRUST_ROOT_FOREIGN 1');
    const other = formatTrustRoot({ ...right, hash: new Uint8Array(32) }, crypto);
    expect(await create(other)).toBe('HEADER_MISMATCH 4');
    expect(await create(line, '')).toBe('FLAG_NEEDED 2');
    expect(await create(line, `${at} ${node}`)).toBe('FLAGS_CONFLICT 2');
    expect(readdirSync(stage.folder)).not.toContain('nobody');
  });
});

describe('a witness that a home asks', () => {
  it('is named by its verifier key and its origin, once', async () => {
    const add = `witness add ${key} ${ORIGIN}`;
    expect(await anybody.refusal(add)).toBe('OWNER_HOME_MISSING 1');
    expect(await anna.refusal(`${add} --quorum 2`)).toBe('WITNESS_QUORUM_RANGE 1');
    expect(await anna.refusal(`witness add ${key}A ${ORIGIN}`)).toBe('WITNESS_KEY_INVALID 1');
    await golden(anna, add);
    expect(await anna.refusal(add)).toBe('WITNESS_TWICE 1');
  });

  it('has a key and a home of its own', async () => {
    const init = `witness init --name ${NAME} ${at}`;
    const { key: own } = await golden<{ key: string }>(stage.at(stage.path('watch')), init);
    expect(own.startsWith(`${NAME}+`)).toBe(true);
    expect(await stage.at(stage.path('watch')).refusal(init)).toBe('HOME_TAKEN 1');
    const spaced = `witness init --name "a b" ${at}`;
    expect(await anybody.refusal(spaced)).toBe('WITNESS_NAME_INVALID 1');
  });

  it('has to confirm what the nodes show', async () => {
    network.silence(ORIGIN);
    expect(await anna.refusal('ledger status')).toBe('WITNESS_QUORUM 3');
    expect(await paul.refusal('ledger status')).toBe('done 0');
    await witnessed();
    expect(await anna.refusal('ledger status')).toBe('done 0');
    await golden(anybody, `witness status ${ORIGIN}`);
  });

  it('raises an alarm in every command once it saw another ledger', async () => {
    expect((await anna.run('ledger evidence list')).output).toContain('never contradicted');
    await witnessed(new Uint8Array(32).fill(7));
    const seen = await anna.run('ledger status');
    expect([seen.exitCode, seen.errors]).toEqual([4, expect.stringContaining('WITNESS_SPLIT')]);
    expect(seen.errors).toContain('ALARM');
    // The witness takes it back, or somebody takes it from the net: what was seen stays seen.
    await witnessed();
    for (const line of [
      'ledger status',
      'wallet show',
      'chart list',
      '--quiet ledger evidence list',
    ]) {
      const { errors } = await anna.run(line);
      expect([line, errors]).toEqual([line, expect.stringContaining('ALARM')]);
    }
    expect(await anna.refusal('ledger status')).toBe('WITNESS_SPLIT 4');
    expect((await paul.run('ledger status')).errors).not.toContain('ALARM');
  });

  it('leaves evidence that others check, who know it', async () => {
    const out = stage.path('evidence.json');
    expect(await paul.refusal(`ledger evidence export ${out}`)).toBe('ID_UNKNOWN 1');
    const { output } = await anna.run('--output json ledger evidence list');
    shapes.keep(wordsOf('ledger evidence list'), JSON.parse(output), 'anybody');
    await golden(anna, `ledger evidence export ${out}`);
    expect(await anna.refusal(`ledger evidence export ${out}`)).toBe('FILE_EXISTS 1');
    expect(await paul.refusal(`ledger evidence check ${out}`)).toBe('EVIDENCE_INVALID 1');
    await paul.json(`witness add ${key} ${ORIGIN}`);
    const proved = await golden(paul, `ledger evidence check ${out}`);
    expect(proved).toMatchObject({ kind: 'split', witnesses: [NAME] });
    writeFileSync(stage.path('none.json'), '{}');
    const none = `ledger evidence check ${stage.path('none.json')}`;
    expect(await paul.refusal(none)).toBe('FILE_INVALID 1');
  });

  it('is believed again when its owner says so, and not before', async () => {
    expect(await anna.refusal('ledger evidence set-aside')).toBe('FLAG_NEEDED 2');
    expect(await anna.refusal('ledger status')).toBe('WITNESS_SPLIT 4');
    await golden(anna, 'ledger evidence set-aside --yes');
    const { errors, exitCode } = await anna.run('ledger status');
    expect([exitCode, errors]).toEqual([0, '']);
    expect(await anna.json('ledger evidence set-aside --yes')).toEqual({ setAside: 0 });
  });
});

describe('what all of this prints for programs', () => {
  it('has the shape that is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('shapes/witness.txt');
  });
});
