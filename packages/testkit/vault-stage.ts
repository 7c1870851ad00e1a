import {
  type DeletionReceipt,
  deleteLetters,
  deleteNotices,
  deleteObject,
  getBody,
  getHeader,
  getObject,
  getObjects,
  type Letters,
  listLetters,
  listNotices,
  type NoticeBatch,
  type ObjectBatch,
  postLetter,
  postNotice,
  postNotices,
  putHeader,
  putObjects,
  uploadObject,
  type VerifiedHeader,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  callEndpoint,
  callRaw,
  collectBody,
  type Digest,
  type SignCall,
  type Transport,
} from '@ward/protocol';
import { createVault, type Vault, type VaultOptions } from '@ward/vault';
import type { SampleChart } from './sample-chart.ts';
import type { ServerStage } from './server-stage.ts';
import type { TestMember } from './test-ledger.ts';

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
const NOTHING = { params: {}, query: {}, body: null };

/** A vault of a member, and its doors as calls. */
export class VaultStage {
  readonly stage: ServerStage;
  readonly member: TestMember;
  readonly options: Partial<VaultOptions>;
  vault: Vault;

  private constructor(stage: ServerStage, member: TestMember, vault: Vault, options: object) {
    this.stage = stage;
    this.member = member;
    this.vault = vault;
    this.options = options;
  }

  static async start(
    stage: ServerStage,
    member: TestMember,
    options: Partial<VaultOptions> = {},
  ): Promise<VaultStage> {
    const vault = await createVault({ home: null, ...stage.options(member), ...options });
    return new VaultStage(stage, member, vault, options);
  }

  /** A vault of a member that runs elsewhere. */
  static remote(stage: ServerStage, member: TestMember, transport: Transport): VaultStage {
    const close = () => Promise.resolve();
    const scrub = () => Promise.reject(new Error('a vault that runs elsewhere'));
    const vault = { origin: transport.name, transport, scrub, close };
    return new VaultStage(stage, member, vault, {});
  }

  /** Closes the vault and starts it again on the same home. */
  async restart(): Promise<void> {
    await this.vault.close();
    const base = { home: null, ...this.stage.options(this.member) };
    this.vault = await createVault({ ...base, ...this.options });
  }

  get transport(): Transport {
    return this.vault.transport;
  }

  get id(): AccountId {
    return this.member.id;
  }

  /** A chart that lists this vault. */
  chart(seed: number, vaults: readonly AccountId[] = [this.id]): SampleChart {
    return this.stage.chart({ seed, vaults });
  }

  /** Stores a header and carries its slot. */
  async publish(header: VerifiedHeader, chart: Pick<SampleChart, 'keys'>): Promise<void> {
    await this.putHeader(header);
    await this.stage.carryHeader(header, chart);
  }

  putHeader({ header, bytes }: VerifiedHeader, chart: ChartId = header.chart): Promise<null> {
    return callEndpoint(putHeader, { params: { chart }, query: {}, body: bytes }, this.transport);
  }

  async getHeader(chart: ChartId, version: number | null = null): Promise<Uint8Array> {
    const options = { params: { chart }, query: { version }, body: null };
    return collected(await callRaw(getHeader, options, this.transport));
  }

  async put(chart: ChartId, objects: ObjectBatch['objects'], sign: SignCall): Promise<Digest[]> {
    const options = { params: { chart }, query: {}, body: { objects }, sign };
    return [...(await callEndpoint(putObjects, options, this.transport)).names];
  }

  async upload(
    chart: ChartId,
    body: AsyncIterable<Uint8Array> | Uint8Array,
    sign: SignCall,
  ): Promise<Digest> {
    const options = { params: { chart }, query: {}, body, sign };
    return (await callEndpoint(uploadObject, options, this.transport)).names[0]!;
  }

  async get(name: Digest): Promise<Uint8Array> {
    return collected(await callRaw(getObject, { ...NOTHING, params: { name } }, this.transport));
  }

  async getBody(name: Digest, index: number): Promise<Uint8Array> {
    const options = { ...NOTHING, params: { name, index } };
    return collected(await callRaw(getBody, options, this.transport));
  }

  async getMany(names: readonly Digest[]): Promise<readonly (Uint8Array | null)[]> {
    const options = { params: {}, query: {}, body: { names } };
    return (await callEndpoint(getObjects, options, this.transport)).objects;
  }

  delete(
    { chart, name, body = null }: { chart: ChartId; name: Digest; body?: number | null },
    sign: SignCall,
  ): Promise<DeletionReceipt> {
    const options = { params: { chart, name }, query: { body }, body: null, sign };
    return callEndpoint(deleteObject, options, this.transport);
  }

  postNotice(chart: ChartId, sealed: Uint8Array, sign: SignCall): Promise<null> {
    const options = { params: { chart }, query: {}, body: sealed, sign };
    return callEndpoint(postNotice, options, this.transport);
  }

  /** Codes of refusals; null for each that was taken. */
  async postNotices(
    notices: NoticeBatch['notices'],
    sign: SignCall,
  ): Promise<readonly (string | null)[]> {
    const options = { params: {}, query: {}, body: { notices }, sign };
    return (await callEndpoint(postNotices, options, this.transport)).refusals;
  }

  async notices(chart: ChartId, sign: SignCall, after = 0): Promise<Letters['letters']> {
    const options = { params: { chart }, query: { after }, body: null, sign };
    return (await callEndpoint(listNotices, options, this.transport)).letters;
  }

  deleteNotices(chart: ChartId, upTo: number, sign: SignCall): Promise<null> {
    const options = { params: { chart }, query: { upTo }, body: null, sign };
    return callEndpoint(deleteNotices, options, this.transport);
  }

  postLetter(organisation: AccountId, sealed: Uint8Array): Promise<null> {
    const options = { params: { organisation }, query: {}, body: sealed };
    return callEndpoint(postLetter, options, this.transport);
  }

  async letters(organisation: AccountId, sign: SignCall, after = 0): Promise<Letters['letters']> {
    const options = { params: { organisation }, query: { after }, body: null, sign };
    return (await callEndpoint(listLetters, options, this.transport)).letters;
  }

  deleteLetters(organisation: AccountId, upTo: number, sign: SignCall): Promise<null> {
    const options = { params: { organisation }, query: { upTo }, body: null, sign };
    return callEndpoint(deleteLetters, options, this.transport);
  }

  close(): Promise<void> {
    return this.vault.close();
  }
}

async function collected(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const bytes = await collectBody(body, ANSWER_BYTES_MAX);
  if (bytes === undefined) throw new Error('an answer that is larger than a test wants');
  return bytes;
}
