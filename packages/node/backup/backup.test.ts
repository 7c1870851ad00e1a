import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getReceipt, submitTransaction, WriteSlots } from '@ward/ledger/schema';
import { callEndpoint, MS_PER_SECOND, toHex, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { MovedClock } from '@ward/server';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterEach, describe, expect, it } from 'vitest';
import { createNode, type WardNode } from '../create-node.ts';
import { nodeInit, type Peering } from '../home/node-home.ts';
import { backUpHome } from './back-up-home.ts';
import { type BackupEntry, encodeEntries, parseEntries } from './backup-entries.ts';
import { rehearseRestore, restoreHome } from './restore-home.ts';
import { takeOver } from './take-over.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { provider, genesis, validatorSeed } = ledger;
const random = seededRandom(8);
const passphrase = 'for a test alone';

const folders: string[] = [];
const nodes: WardNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ward-backup-'));
  folders.push(folder);
  return folder;
}

async function newHome(peering: Peering | null = null): Promise<string> {
  const home = join(newFolder(), 'home');
  const serviceSeed = provider.service.secretKey.slice(0, 32);
  const own = { organisation: provider.id, genesis, validatorSeed, serviceSeed, peering };
  await nodeInit(own, home, crypto);
  return home;
}

const clock = new MovedClock({ nowMs: () => Date.now() }, (TEST_TIME + 9) * 1000 - Date.now());

async function start(home: string): Promise<WardNode> {
  const node = await createNode({ home, clock, crypto, workers: 1 });
  nodes.push(node);
  return node;
}

/** A transaction's id, once it stands in a block. */
async function write(node: WardNode): Promise<Uint8Array> {
  const message = { slots: [{ address: random.bytes(32), value: random.bytes(32) }] };
  const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
  const { envelope, id } = ledger.serviceTransaction(provider, WriteSlots, message, now);
  const transport = httpTransport(node.origin);
  const input = { params: {}, query: {}, body: envelope };
  expect((await callEndpoint(submitTransaction, input, transport)).result.code).toBe(0);
  return id;
}

describe('the backup of a node that runs', () => {
  it('makes the node again, which starts only when the old one is said to be gone', async () => {
    const home = await newHome();
    const old = await start(home);
    const id = await write(old);
    const file = join(newFolder(), 'node.age');
    await backUpHome({ home, to: file, passphrase });
    const later = await write(old);
    await old.close();
    expect(readFileSync(file).subarray(0, 21).toString()).toBe('age-encryption.org/v1');
    expect(await codeOfAsync(() => backUpHome({ home, to: file, passphrase }))).toBe(
      'BACKUP_TAKEN',
    );

    const rehearsed = await rehearseRestore({ file, passphrase, crypto });
    expect(rehearsed.proved).toBe(rehearsed.height - 1);
    const restored = join(newFolder(), 'again');
    const found = await restoreHome({ file, home: restored, passphrase, crypto });
    expect(found).toEqual(rehearsed);
    expect(existsSync(join(restored, 'validator-state'))).toBe(false);
    expect(await codeOfAsync(() => createNode({ home: restored, crypto }))).toBe('NODE_RESTORED');
    const { height } = found;
    const behind = () => takeOver({ home: restored, seen: height + 1, crypto });
    expect(await codeOfAsync(behind)).toBe('RESTORED_BEHIND');
    expect(await codeOfAsync(() => createNode({ home: restored, crypto }))).toBe('NODE_RESTORED');
    expect(await takeOver({ home: restored, seen: height, crypto })).toBe(height);
    const twice = () => takeOver({ home: restored, seen: height, crypto });
    expect(await codeOfAsync(twice)).toBe('NODE_NOT_RESTORED');

    const node = await start(restored);
    const transport = httpTransport(node.origin);
    const receiptOf = (wanted: Uint8Array) =>
      callEndpoint(getReceipt, { params: { id: wanted }, query: {}, body: null }, transport);
    expect((await receiptOf(id)).result.code).toBe(0);
    expect(await codeOfAsync(() => receiptOf(later))).toBe('TRANSACTION_UNKNOWN');
    await write(node);
  });

  it('is refused where it was cut, altered, or is opened with another passphrase', async () => {
    const home = await newHome();
    const file = join(newFolder(), 'node.age');
    await backUpHome({ home, to: file, passphrase });
    const bytes = readFileSync(file);
    const altered = Buffer.from(bytes);
    altered[bytes.length - 40]! ^= 1;
    const refused = async (content: Buffer, own = passphrase) => {
      const folder = newFolder();
      const path = join(folder, 'other.age');
      writeFileSync(path, content);
      const target = join(folder, 'home');
      const made = () => restoreHome({ file: path, home: target, passphrase: own, crypto });
      const code = await codeOfAsync(made);
      expect(existsSync(target)).toBe(false);
      return code;
    };
    expect(await refused(altered)).toBe('NODE_BACKUP_INVALID');
    expect(await refused(bytes.subarray(0, bytes.length - 20))).toBe('NODE_BACKUP_INVALID');
    expect(await refused(bytes.subarray(0, 100))).toBe('NODE_BACKUP_INVALID');
    expect(await refused(bytes, 'another passphrase')).toBe('NODE_BACKUP_INVALID');
    const taken = newFolder();
    mkdirSync(join(taken, 'something'));
    const options = { file, home: taken, passphrase, crypto };
    expect(await codeOfAsync(() => restoreHome(options))).toBe('HOME_TAKEN');
  });

  it('has of a node with peers its keys, and its ledger for reading alone', async () => {
    const peering = { nodeSeed: random.bytes(32), address: '127.0.0.1:1', peers: [] };
    const home = await newHome(peering);
    mkdirSync(join(home, 'cometbft'));
    appendFileSync(join(home, 'cometbft', 'priv_validator_key.json'), '{}');
    const file = join(newFolder(), 'node.age');
    await backUpHome({ home, to: file, passphrase });
    const restored = join(newFolder(), 'again');
    expect(await restoreHome({ file, home: restored, passphrase, crypto })).toMatchObject({
      height: 0,
      proved: null,
    });
    expect(readFileSync(join(restored, 'peer.key'))).toEqual(Buffer.from(peering.nodeSeed));
    expect(readdirSync(restored)).not.toContain('cometbft');
    expect(readdirSync(restored)).not.toContain('ledger');
    expect(await codeOfAsync(() => createNode({ home: restored, crypto }))).toBe('NODE_RESTORED');
    expect(await takeOver({ home: restored, seen: 2000, crypto })).toBe(2100);
    const state = join(restored, 'cometbft', 'data', 'priv_validator_state.json');
    expect(JSON.parse(readFileSync(state, 'utf8'))).toEqual({ height: '2100', round: 0, step: 3 });
  });
});

describe('the entries of a backup', () => {
  async function* piecesOf(bytes: Uint8Array, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  function entry(name: string, content: Uint8Array): BackupEntry {
    return { name, sizeBytes: content.length, content: piecesOf(content, 7) };
  }

  async function joined(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async function read(bytes: Uint8Array, size = 5): Promise<[string, string][]> {
    const found: [string, string][] = [];
    for await (const { name, content } of parseEntries(piecesOf(bytes, size))) {
      found.push([name, toHex(await joined(content))]);
    }
    return found;
  }

  const contents: [string, Uint8Array][] = [
    ['node.json', random.bytes(30)],
    ['ledger/0000000000.log', random.bytes(100)],
    ['ledger/head', new Uint8Array(0)],
  ];

  it('come back as they were, in whatever pieces they travel', async () => {
    const bytes = await joined(encodeEntries(contents.map(([name, own]) => entry(name, own))));
    const wanted = contents.map(([name, own]) => [name, toHex(own)]);
    for (const size of [1, 2, 13, 1000]) expect(await read(bytes, size)).toEqual(wanted);
    for (let length = 0; length < bytes.length; length++) {
      expect(await codeOfAsync(() => read(bytes.subarray(0, length)))).toBe('NODE_BACKUP_INVALID');
    }
    const longer = Buffer.concat([bytes, Uint8Array.of(0)]);
    expect(await codeOfAsync(() => read(longer))).toBe('NODE_BACKUP_INVALID');
  });

  it('have the names of files of a home, and no others', async () => {
    const others = [
      '../node.json',
      '/etc/passwd',
      'ledger/../x',
      'validator-state',
      'ledger/1.log',
    ];
    for (const name of [...others, 'restored.json', 'x'.repeat(65), 'cometbft/data/x']) {
      const bytes = await joined(encodeEntries([entry(name, random.bytes(3))]));
      expect(await codeOfAsync(() => read(bytes))).toBe('NODE_BACKUP_INVALID');
    }
  });

  it('are parsed or refused, whatever bytes come', async () => {
    const bytes = await joined(encodeEntries(contents.map(([name, own]) => entry(name, own))));
    for (let i = 0; i < 300; i++) {
      const altered = Buffer.from(bytes);
      altered[i % bytes.length]! = random.bytes(1)[0]!;
      const error = await read(altered).catch((cause: unknown) => cause);
      if (!Array.isArray(error)) expect(error).toBeInstanceOf(WardError);
    }
  });
});
