import {
  ACTOR_BOX_BYTES,
  askOpening,
  type Deal,
  type DealReceipt,
  dealShare,
  dealShareTo,
  Entry,
  entryAddress,
  entryDigest,
  eraseShares,
  Grant,
  grantLeaf,
  makeRoster,
  type Notice,
  type OpeningAnswer,
  OpeningRequest,
  objectName,
  openAnswer,
  openNotice,
  parseManifest,
  type SealedUnit,
  sealOpeningRequest,
  sharePublicKey,
  type VerifiedHeader,
  writeUnit,
} from '@ward/charts';
import { type Custodian, type CustodianOptions, createCustodian } from '@ward/custodian';
import { UpdateOrganisation, WriteSlots } from '@ward/ledger/schema';
import {
  type AccountId,
  type Crypto,
  callEndpoint,
  callRaw,
  collectBody,
  compareBytes,
  type Ed25519KeyPair,
  encodeUtf8,
  type OpeningKey,
} from '@ward/protocol';
import { type SampleChart, sampleAuthor, sampleRecord } from './sample-chart.ts';
import { ServerStage } from './server-stage.ts';
import type { TestMember } from './test-ledger.ts';
import { MemoryBodies } from './unit-store.ts';
import { VaultStage } from './vault-stage.ts';

const CUSTODIANS = 5;
const THRESHOLD = 3;
const ANSWER_BYTES_MAX = 1024 * 1024;

/** A custodian of a member, with the keys that the ledger has of it. */
export interface StagedCustodian {
  readonly member: TestMember;
  readonly origin: string;
  readonly sealingSeed: Uint8Array;
  readonly sealing: OpeningKey;
  readonly receiptKey: Ed25519KeyPair;
  custodian: Custodian;
}

/** One opening in the making; whatever a test changes is asked for as changed. */
export interface StagedOpening {
  readonly chart: SampleChart;
  readonly units: readonly SealedUnit[];
  header: VerifiedHeader;
  roster: Uint8Array;
  grant: Grant;
  grantSalt: Uint8Array;
  entry: Entry;
  entrySalt: Uint8Array;
  entryNumber: number;
  manifests: Uint8Array[];
  readonly response: OpeningKey;
}

/**
 * A network with a hospital that writes and opens, a vault, and five custodians, three of whom must
 * answer. Nobody and nothing in it is real.
 */
export class CustodyStage {
  readonly stage: ServerStage;
  readonly hospital: TestMember;
  readonly vault: VaultStage;
  readonly custodians: StagedCustodian[] = [];
  readonly options: Partial<CustodianOptions>;
  #seed = 0;

  private constructor(stage: ServerStage, vault: VaultStage, options: Partial<CustodianOptions>) {
    this.stage = stage;
    this.vault = vault;
    this.hospital = stage.ledger.members[1]!;
    this.options = options;
  }

  static async start(
    crypto: Crypto,
    options: Partial<CustodianOptions> = {},
  ): Promise<CustodyStage> {
    const roles = [
      ['provider'],
      ['provider'],
      ['payer'],
      ['payer'],
      ['payer'],
      ['payer'],
      ['payer'],
    ];
    const stage = await ServerStage.start(crypto, roles as never);
    const vaultHost = stage.ledger.members[2]!;
    const vault = await VaultStage.start(stage, vaultHost, {});
    const custody = new CustodyStage(stage, vault, options);
    stage.serve('memory://vault', vault.transport);
    const endpoints = { node: null, vault: 'memory://vault', custodian: null, inbox: null };
    await custody.update(vaultHost, { endpoints });
    for (let i = 0; i < CUSTODIANS; i++) await custody.#addCustodian(i);
    return custody;
  }

  async #addCustodian(i: number): Promise<void> {
    const { crypto, ledger } = this.stage;
    const member = ledger.members[3 + i]!;
    const sealingSeed = crypto.sha256(encodeUtf8(`sealing ${i}`));
    const staged = {
      member,
      origin: `memory://custodian-${i}`,
      sealingSeed,
      sealing: crypto.kem.openingKey(sealingSeed),
      receiptKey: crypto.ed25519.keyPair(crypto.sha256(encodeUtf8(`receipt ${i}`))),
    };
    const custodian = await this.open(staged);
    this.custodians.push({ ...staged, custodian });
    await this.update(member, {
      endpoints: { node: null, vault: null, custodian: staged.origin, inbox: null },
      custodian: {
        sealingKey: staged.sealing.sealingKey.bytes,
        publicKey: staged.receiptKey.publicKey,
      },
    });
  }

  /** Starts a custodian, and serves it at its origin. */
  async open(
    staged: Omit<StagedCustodian, 'custodian'>,
    options: Partial<CustodianOptions> = this.options,
  ): Promise<Custodian> {
    const { sealingSeed, receiptKey, member, origin } = staged;
    const base = { home: null, ...this.stage.options(member), sealingSeed, receiptKey };
    const custodian = await createCustodian({ ...base, ...options });
    this.stage.serve(origin, custodian.transport);
    return custodian;
  }

  /** Changes what an organisation says of itself in the ledger. */
  async update(member: TestMember, changes: Partial<UpdateOrganisation>): Promise<void> {
    const profile = {
      ...{ organisation: member.id, name: 'Synthetic organisation', custodian: null },
      endpoints: { node: null, vault: null, custodian: null, inbox: null },
      sealingKey: new Uint8Array(1216),
    };
    await this.stage.submit(member, UpdateOrganisation, { ...profile, ...changes }, 'officer');
  }

  /** A chart that the vault keeps and the custodians guard; nothing is dealt yet. */
  chart(): SampleChart {
    this.#seed += 1;
    return this.stage.chart({
      ...{ seed: this.#seed, threshold: THRESHOLD, count: CUSTODIANS },
      vaults: [this.vault.id],
      custodians: this.custodians.map(({ member }) => member.id),
    });
  }

  /** Deals one share of a chart's release key. */
  async deal(
    { chart, authority, dealing, keys }: SampleChart,
    i: number,
    changes: Partial<Deal> & { share?: Uint8Array } = {},
  ): Promise<DealReceipt> {
    const { member, sealing } = this.custodians[i]!;
    const { commitments, shares } = dealing;
    const input = {
      ...{ chart, authority, commitments, index: i + 1, share: shares[i]! },
      ...{ custodian: member.id, custodianKey: sealing.sealingKey, ...changes },
    };
    const body = await dealShare(input, keys.ck, this.stage.ledger.realm);
    const transport = this.stage.transport(this.custodians[i]!.origin);
    return callEndpoint(dealShareTo, { params: {}, query: {}, body }, transport);
  }

  /** A chart whose key is dealt, with units written, a grant for the hospital and its header. */
  async openable(
    changes: { grant?: Partial<Grant>; units?: number; header?: object; dealt?: number[] } = {},
  ): Promise<StagedOpening> {
    const chart = this.chart();
    const { random, realm } = chart;
    const { dealt = this.custodians.map((_, i) => i) } = changes;
    await Promise.all(dealt.map((i) => this.deal(chart, i)));
    const units: SealedUnit[] = [];
    for (let n = 0; n < (changes.units ?? 1); n++) units.push(await this.#unit(chart, n));
    units.sort((a, b) => compareBytes(a.label, b.label));
    const grant = { ...hospitalGrant(this.hospital.id, this.stage.now, random), ...changes.grant };
    const grantSalt = random.bytes(32);
    const leaf = grantLeaf({ salt: grantSalt, grant: Grant.encode(grant) }, realm);
    const roster = makeRoster([leaf], random);
    const header = chart.sign({
      ...{ roster: objectName(roster, realm.crypto) },
      ...changes.header,
    });
    await this.vault.publish(header, chart);
    const response = realm.crypto.kem.openingKey(random.bytes(32));
    const entry: Entry = {
      ...{ chart: chart.chart, leaf, labels: units.map(({ label }) => label) },
      ...{ purpose: 'TREAT', reason: 'consultation', actorCommitment: random.bytes(32) },
      ...{ actorBox: random.bytes(ACTOR_BOX_BYTES), responseKey: response.sealingKey.bytes },
    };
    const manifests = units.map(({ manifest }) => manifest);
    return {
      ...{ chart, units, header, roster, grant, grantSalt, entry, manifests, response },
      ...{ entrySalt: random.bytes(32), entryNumber: 0 },
    };
  }

  #unit(chart: SampleChart, n: number): Promise<SealedUnit> {
    const { random, realm, header } = chart;
    const author = sampleAuthor(this.hospital.service, this.hospital.id);
    const records = [sampleRecord(encodeUtf8(`record ${n}`))];
    const caption = { kind: 'encounter', month: 0 } as const;
    const input = { records, caption, author, header };
    return writeUnit(input, new MemoryBodies(realm.crypto), random, realm);
  }

  /** Writes the entry's slot, as the hospital does before it asks. */
  async commit(opening: StagedOpening): Promise<void> {
    const { entry, entrySalt: salt, entryNumber: n, grant } = opening;
    const { crypto, ledger } = this.stage;
    const address = entryAddress({ openSecret: grant.openSecret, n }, crypto);
    const value = entryDigest({ salt, entry: Entry.encode(entry) }, ledger.realm);
    await this.stage.submit(this.hospital, WriteSlots, { slots: [{ address, value }] });
  }

  /** The request as the hospital would show it. */
  request(opening: StagedOpening): Uint8Array {
    const { entry, grant, header, ...rest } = opening;
    const { entrySalt, entryNumber, grantSalt, roster, manifests } = rest;
    return OpeningRequest.encode({
      ...{ entry: Entry.encode(entry), entrySalt, entryNumber },
      ...{ grant: Grant.encode(grant), grantSalt, roster, header: header.bytes },
      ...{ manifests, absences: [] },
    });
  }

  /** Seals a request to one custodian. */
  seal(
    request: Uint8Array,
    i: number,
    asker: { account?: AccountId; keyPair?: Ed25519KeyPair; time?: number } = {},
  ): Promise<Uint8Array> {
    const { member, sealing } = this.custodians[i]!;
    const { id: account, service: keyPair } = this.hospital;
    const signed = { account, keyPair, time: this.stage.now, ...asker };
    const custodian = { id: member.id, key: sealing.sealingKey };
    return sealOpeningRequest(request, { asker: signed, custodian }, this.stage.ledger.realm);
  }

  /** Asks one custodian, with bytes that are sealed already. */
  async ask(sealed: Uint8Array, i: number): Promise<Uint8Array> {
    const transport = this.stage.transport(this.custodians[i]!.origin);
    const options = { params: {}, query: {}, body: sealed };
    const answer = await callRaw(askOpening, options, transport);
    return (await collectBody(answer, ANSWER_BYTES_MAX))!;
  }

  /** Asks one custodian and verifies its answer, or throws its signed refusal. */
  async open1(opening: StagedOpening, i: number): Promise<OpeningAnswer> {
    return this.verify(await this.ask(await this.seal(this.request(opening), i), i), opening, i);
  }

  verify(sealed: Uint8Array, opening: StagedOpening, i: number): Promise<OpeningAnswer> {
    const { realm } = this.stage.ledger;
    const { member, receiptKey } = this.custodians[i]!;
    const { commitments } = opening.chart.dealing;
    const points = opening.units.map(({ label, manifest }) => ({
      ...{ label, u: parseManifest(manifest, realm).manifest.point!.u },
    }));
    const entry = entryDigest(
      { salt: opening.entrySalt, entry: Entry.encode(opening.entry) },
      realm,
    );
    const share = sharePublicKey(commitments, i + 1, realm.crypto);
    const expected = [{ q: commitments[0]!, index: i + 1, sharePublicKey: share, points }];
    const place = { entry, custodian: member.id, key: opening.response };
    return openAnswer(sealed, { ...place, publicKey: receiptKey.publicKey, expected }, realm);
  }

  /** What the owner finds in her mailbox. */
  async notices({ chart, keys, authority }: SampleChart): Promise<Notice['notice'][]> {
    const owner = this.stage.asOwner({ keys, authority }, this.vault.id);
    const letters = await this.vault.notices(chart, owner);
    const { realm } = this.stage.ledger;
    const opened = letters.map(({ sealed }) =>
      openNotice(sealed, { chart, key: keys.mailbox }, realm),
    );
    return (await Promise.all(opened)).map(({ notice }) => notice);
  }

  /** Shows a custodian a header that says that the chart is erased. */
  erase({ header, bytes }: VerifiedHeader, i: number) {
    const transport = this.stage.transport(this.custodians[i]!.origin);
    const options = { params: { chart: header.chart }, query: {}, body: bytes };
    return callEndpoint(eraseShares, options, transport);
  }

  async stop(): Promise<void> {
    for (const { custodian } of this.custodians) await custodian.close();
    await this.vault.close();
    await this.stage.stop();
  }
}

function hospitalGrant(
  grantee: AccountId,
  now: number,
  random: { bytes(length: number): Uint8Array },
): Grant {
  return {
    ...{ grantee, purposes: ['TREAT'], actions: ['read'], units: null },
    ...{ from: now - 1000, until: now + 86_400 * 60, openingsMax: 20, unitsPerOpeningMax: 10 },
    ...{ conditions: [], openSecret: random.bytes(32), writePart: null },
  };
}
