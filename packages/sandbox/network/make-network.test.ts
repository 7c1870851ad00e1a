import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCustodianHome } from '@ward/custodian';
import { networkOf } from '@ward/ledger/schema';
import { loadNodeHome } from '@ward/node';
import { equalBytes } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { homeKind, listStaffKeys, loadNetworkFile, openOrganisation } from '@ward/sdk/node';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { loadVaultHome } from '@ward/vault';
import { afterEach, describe, expect, it } from 'vitest';
import { makeNetwork } from './make-network.ts';
import { ORGANISATION_NAMES, SANDBOX_ORGANISATIONS } from './organisations.ts';
import { checkPortsFree, choosePorts, takeTurn } from './ports.ts';
import { beginSandbox, loadSandboxFile } from './sandbox-file.ts';

const crypto = await loadCrypto();
const clock = { nowMs: () => 1_800_000_000_000 };
const CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'patients-association'];

const folders: string[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'ward-sandbox-'));
  folders.push(home);
  return home;
}

async function make(home: string, organisations = SANDBOX_ORGANISATIONS) {
  const ports = { crypto, clock, random: systemRandom };
  const file = await makeNetwork({ ...ports, home, organisations, clockOffsetMs: -5000 });
  return { file, networkFile: loadNetworkFile(join(home, 'hospital-a')) };
}

async function takePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

describe('the making of a sandbox', () => {
  it('gives every organisation its own home, with keys and the one network file', async () => {
    const home = newHome();
    const { networkFile, file } = await make(home);
    expect(file.organisations.map(({ folder }) => folder)).toEqual([...ORGANISATION_NAMES]);
    expect(equalBytes(networkOf(networkFile.genesis, crypto), networkFile.network)).toBe(true);
    for (const { folder, id } of file.organisations) {
      const path = join(home, folder);
      expect(homeKind(path)).toBe('organisation');
      expect(loadNetworkFile(path)).toEqual(networkFile);
      const { ward, close } = await openOrganisation({ path, crypto, clock });
      expect(ward.keys.account).toEqual(id);
      const member = networkFile.genesis.members.find((each) => equalBytes(each.id, id))!;
      expect(member.organisation.sealingKey).toEqual(ward.keys.sealingKey.sealingKey.bytes);
      const publicKeys = member.account.keys.map(({ publicKey }) => publicKey);
      expect(publicKeys).toContainEqual(ward.keys.serviceKey.publicKey);
      expect(publicKeys).toContainEqual(ward.keys.officerKey.publicKey);
      close();
    }
  });

  it('gives every server a home of its own, with keys that the genesis knows', async () => {
    const home = newHome();
    const { networkFile } = await make(home);
    const { members } = networkFile.genesis;
    const services = members.flatMap(({ account }) => account.keys.map((key) => key.publicKey));
    const knows = (seed: Uint8Array) =>
      expect(services).toContainEqual(crypto.ed25519.keyPair(seed).publicKey);
    knows((await loadNodeHome(join(home, 'hospital-a', 'node'))).serviceSeed);
    for (const name of ['hospital-a', 'patients-association']) {
      knows((await loadVaultHome(join(home, name, 'vault'))).serviceSeed);
    }
    for (const name of CUSTODIANS) {
      const own = await loadCustodianHome(join(home, name, 'custodian'));
      knows(own.serviceSeed);
      const member = members.find(({ id }) => equalBytes(id, own.organisation))!;
      const { custodian } = member.organisation;
      const sealing = crypto.kem.openingKey(own.sealingSeed).sealingKey.bytes;
      expect(custodian?.sealingKey).toEqual(sealing);
      const receipt = crypto.ed25519.keyPair(own.receiptSeed).publicKey;
      expect(custodian?.publicKey).toEqual(receipt);
    }
    expect(existsSync(join(home, 'hospital-b', 'vault'))).toBe(false);
  });

  it('names every endpoint, each a port of its own, in the genesis', async () => {
    const { networkFile } = await make(newHome());
    const endpoints = networkFile.genesis.members.map(({ organisation }) => organisation.endpoints);
    const origins = endpoints.flatMap(({ node, vault, custodian }) => [node, vault, custodian]);
    const named = origins.filter((origin) => origin !== null);
    expect(named.length).toBe(8);
    expect(new Set(named).size).toBe(8);
    const vaults = endpoints.map(({ vault }) => vault);
    for (const { inbox } of endpoints) expect(vaults).toContain(inbox);
    expect(networkFile.nodes).toEqual(endpoints.flatMap(({ node }) => node ?? []));
  });

  it('enrols staff whose keys lie in the home', async () => {
    const home = newHome();
    await make(home);
    const path = join(home, 'hospital-b');
    const [first] = listStaffKeys(path);
    const { ward, close } = await openOrganisation({ path, crypto, clock });
    const staff = ward.keys.staffMember(({ name }) => name === first!.name);
    expect(staff.publicKey).toEqual(crypto.ed25519.keyPair(first!.seed).publicKey);
    close();
  });

  it('takes another port for one that is taken', async () => {
    const taken = await takePort();
    const [hospital, ...others] = SANDBOX_ORGANISATIONS;
    const servers = { ...hospital!.servers, vault: taken };
    const { file } = await make(newHome(), [{ ...hospital!, servers }, ...others]);
    expect(file.organisations[0]!.vault).not.toBe(taken);
    expect(await choosePorts([taken])).not.toContain(taken);
    expect(await codeOfAsync(() => checkPortsFree([taken]))).toBe('SANDBOX_PORT_TAKEN');
  });

  it('waits while another sandbox is starting, but not for ever', async () => {
    const [port] = await choosePorts([0]);
    const letNextStart = await takeTurn(port);
    const order: string[] = [];
    const next = takeTurn(port).then((done) => {
      order.push('next');
      done();
    });
    await takeTurn(port, 100);
    order.push('first');
    letNextStart();
    await next;
    expect(order).toEqual(['first', 'next']);
  });

  it('leaves a file by which the sandbox is found again', async () => {
    const home = newHome();
    const { file } = await make(home);
    expect(loadSandboxFile(home)).toEqual(file);
    const text = readFileSync(join(home, 'sandbox.json'), 'utf8');
    writeFileSync(join(home, 'sandbox.json'), text.replace('{', '['));
    expect(codeOf(() => loadSandboxFile(home))).toBe('SANDBOX_HOME_INVALID');
  });

  it('begins anew what was broken off', async () => {
    const home = newHome();
    beginSandbox(home, ['payer']);
    mkdirSync(join(home, 'payer', 'keys'), { recursive: true });
    writeFileSync(join(home, 'payer', 'keys', 'home.key'), 'half');
    expect(loadSandboxFile(home)).toBeUndefined();
    expect(existsSync(join(home, 'payer'))).toBe(false);
    await make(home);
    expect(loadSandboxFile(home)).toBeDefined();
  });

  it('does not touch a folder that is something else', () => {
    const home = newHome();
    mkdirSync(join(home, 'payer'));
    expect(codeOf(() => loadSandboxFile(home))).toBe('SANDBOX_HOME_INVALID');
    expect(existsSync(join(home, 'payer'))).toBe(true);
  });
});
