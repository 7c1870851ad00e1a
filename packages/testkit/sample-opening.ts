import {
  ACTOR_BOX_BYTES,
  actorCommitment,
  answerWithShare,
  type ChartHeader,
  combineShares,
  type DecideInput,
  decideKeys,
  Entry,
  type ErasedAbsence,
  entryDigest,
  entrySlot,
  Grant,
  grantLeaf,
  makeRoster,
  type OpeningRequest,
  objectName,
  openRecord,
  openUnitKey,
  parseManifest,
  type RecordInput,
  type SealedUnit,
  sealActor,
  signStaffRequest,
  type UnitKeys,
  type VerifiedHeader,
  writeUnit,
} from '@ward/charts';
import {
  Account,
  type AccountKey,
  accountKey,
  carriedSlot,
  Organisation,
  organisationKey,
  Slot,
  slotKey,
} from '@ward/ledger/schema';
import {
  type AccountId,
  type Crypto,
  compareBytes,
  concatBytes,
  type Digest,
  decodeUtf8,
  type Ed25519KeyPair,
  encodeUtf8,
  type OpeningKey,
  parseHex,
  type Realm,
  type Seconds,
  type StateClaim,
  toHex,
} from '@ward/protocol';
import { NaiveStateTree } from './naive-state-tree.ts';
import { makeSampleChart, type SampleChart, sampleAuthor, sampleRecord } from './sample-chart.ts';
import { MemoryBodies } from './unit-store.ts';

/** What the ledger holds, by state key. */
export class SampleState {
  readonly #values = new Map<string, Uint8Array>();

  set(key: Uint8Array, value: Uint8Array): void {
    this.#values.set(toHex(key), value);
  }

  delete(key: Uint8Array): void {
    this.#values.delete(toHex(key));
  }

  writeSlot(slot: Digest, value: Digest, time: Seconds): void {
    this.set(slotKey(slot), Slot.encode({ value, time }));
  }

  /** Root, and what is proved under it of each key. */
  prove(keys: readonly Uint8Array[], crypto: Crypto): { root: Digest; claims: StateClaim[] } {
    const entries = [...this.#values].map(([key, value]) => [parseHex(key), value] as const);
    const tree = new NaiveStateTree(entries, crypto);
    const claims = keys.map((key) => {
      const value = this.#values.get(toHex(key)) ?? null;
      return { key, value, proof: tree.prove(key) };
    });
    return { root: tree.root, claims };
  }
}

/** The moment at which sample openings happen. */
export const SAMPLE_TIME: Seconds = 1_800_000_000;

/**
 * An opening with all that belongs to it, good unless something is changed before `input` is asked
 * for. Grantee, patient, units: nobody and nothing real.
 */
export class SampleOpening {
  readonly chart: SampleChart;
  readonly crypto: Crypto;
  readonly bodies: MemoryBodies;
  readonly grantee: AccountId;
  readonly serviceKey: Ed25519KeyPair;
  readonly staffKey: Ed25519KeyPair;
  readonly response: OpeningKey;
  readonly state = new SampleState();
  units: readonly SealedUnit[];

  grant: Grant;
  grantSalt: Uint8Array;
  /** Leaf and roster follow from the grant unless they are set. */
  roster: Uint8Array | undefined;
  headerChanges: Partial<ChartHeader> = {};
  /** In the place of the signed header. */
  header: VerifiedHeader | undefined;
  entry: Entry;
  entrySalt: Uint8Array;
  entryNumber = 2;
  entryTime: Seconds = SAMPLE_TIME - 10;
  entriesProved = 0;
  manifests: Uint8Array[];
  absences: ErasedAbsence[] = [];
  organisation: Organisation;
  account: Account;
  asker: { account: AccountId; publicKey: Uint8Array };
  blockTime: Seconds = SAMPLE_TIME - 5;
  clock: Seconds = SAMPLE_TIME;

  private constructor(chart: SampleChart, units: readonly SealedUnit[], bodies: MemoryBodies) {
    const { random, realm } = chart;
    const { crypto } = realm;
    this.chart = chart;
    this.crypto = crypto;
    this.units = units;
    this.bodies = bodies;
    this.grantee = random.bytes(16);
    this.serviceKey = crypto.ed25519.keyPair(random.bytes(32));
    this.staffKey = crypto.ed25519.keyPair(random.bytes(32));
    this.response = crypto.kem.openingKey(random.bytes(32));
    this.grant = sampleGrant(this.grantee, random.bytes(32));
    this.grantSalt = random.bytes(32);
    this.entrySalt = random.bytes(32);
    this.manifests = units.map(({ manifest }) => manifest);
    this.organisation = sampleOrganisation(this.response.sealingKey.bytes);
    const { publicKey } = this.serviceKey;
    this.account = { organisation: this.grantee, keys: [sampleKey(publicKey)] };
    this.asker = { account: this.grantee, publicKey };
    this.entry = {
      chart: chart.chart,
      leaf: this.leaf,
      labels: units.map(({ label }) => label),
      purpose: 'TREAT',
      reason: 'consultation',
      actorCommitment: random.bytes(32),
      actorBox: new Uint8Array(ACTOR_BOX_BYTES),
      responseKey: this.response.sealingKey.bytes,
    };
  }

  /** @param records Content of the units, one record each; a short text twice unless told. */
  static async make(
    crypto: Crypto,
    options: { seed?: number; records?: readonly RecordInput[]; threshold?: number } = {},
  ): Promise<SampleOpening> {
    const { seed = 1, threshold = 3 } = options;
    const { records = ['first', 'second'].map((text) => sampleRecord(encodeUtf8(text))) } = options;
    const chart = makeSampleChart(crypto, { seed, threshold });
    const bodies = new MemoryBodies(crypto);
    const author = sampleAuthor(
      crypto.ed25519.keyPair(chart.random.bytes(32)),
      chart.random.bytes(16),
    );
    const caption = { kind: 'encounter', month: 12 * 2026 } as const;
    const units: SealedUnit[] = [];
    for (const record of records) {
      const input = { records: [record], caption, author, header: chart.header };
      units.push(await writeUnit(input, bodies, chart.random, chart.realm));
    }
    const opening = new SampleOpening(chart, units, bodies);
    opening.setUnits(units);
    await opening.signActor();
    return opening;
  }

  /** Writes one more unit, under the header changed as told. */
  writeUnder(changes: Partial<ChartHeader>): Promise<SealedUnit> {
    const { random, realm, header } = this.chart;
    const records = [sampleRecord(random.bytes(40))];
    const author = sampleAuthor(this.serviceKey, this.grantee);
    const caption = { kind: 'encounter', month: 0 } as const;
    const input = { records, caption, author, header: { ...header, ...changes } };
    return writeUnit(input, this.bodies, random, realm);
  }

  /** Has the entry name these units, and shows their manifests. */
  setUnits(units: readonly SealedUnit[]): void {
    this.units = [...units].sort((a, b) => compareBytes(a.label, b.label));
    this.manifests = this.units.map(({ manifest }) => manifest);
    this.entry = { ...this.entry, labels: this.units.map(({ label }) => label) };
  }

  get leaf(): Digest {
    const grant = Grant.encode(this.grant);
    return grantLeaf({ salt: this.grantSalt, grant }, this.chart.realm);
  }

  /** Changes the grant, and with it the leaf that the entry names. */
  changeGrant(changes: Partial<Grant>): void {
    this.grant = { ...this.grant, ...changes };
    this.entry = { ...this.entry, leaf: this.leaf };
  }

  /** Has the member of staff sign the entry as it stands. */
  async signActor(time: Seconds = SAMPLE_TIME - 20): Promise<void> {
    const { realm, random, chart, header } = this.chart;
    const { leaf, labels, purpose, reason } = this.entry;
    const staff = { name: 'Synthetic Clinician', role: 'physician' };
    const request = { chart, leaf, labels, purpose, reason, time };
    const actor = signStaffRequest(request, { staff, keyPair: this.staffKey }, random, realm);
    const mailboxKey = this.crypto.kem.sealingKey(header.mailboxKey);
    this.entry = {
      ...this.entry,
      actorCommitment: actorCommitment(actor, realm),
      actorBox: await sealActor(actor, { chart, leaf, mailboxKey }, realm),
    };
  }

  /** Where entry n stands in the ledger. */
  slotOf(n: number): Digest {
    const { openSecret } = this.grant;
    return entrySlot({ grantee: this.grantee, openSecret, n }, this.chart.realm);
  }

  /** Value of the entry's slot. */
  get entryValue(): Digest {
    return entryDigest({ salt: this.entrySalt, entry: Entry.encode(this.entry) }, this.chart.realm);
  }

  /** Puts into the state what an honest past left there. */
  commit(): void {
    const { realm, random } = this.chart;
    const { header, digest } = this.signedHeader;
    this.state.writeSlot(carriedSlot(header.slot, realm), digest, SAMPLE_TIME - 1000);
    this.state.set(organisationKey(this.grantee), Organisation.encode(this.organisation));
    this.state.set(accountKey(this.asker.account), Account.encode(this.account));
    for (let n = 0; n < this.entryNumber; n++) {
      this.state.writeSlot(this.slotOf(n), random.bytes(32), SAMPLE_TIME - 2000);
    }
    this.state.writeSlot(this.slotOf(this.entryNumber), this.entryValue, this.entryTime);
  }

  get signedHeader(): VerifiedHeader {
    if (this.header !== undefined) return this.header;
    const roster = objectName(this.rosterObject, this.crypto);
    return this.chart.sign({ roster, ...this.headerChanges });
  }

  get rosterObject(): Uint8Array {
    this.roster ??= makeRoster([this.leaf], this.chart.random);
    return this.roster;
  }

  get request(): OpeningRequest {
    return {
      entry: Entry.encode(this.entry),
      entrySalt: this.entrySalt,
      entryNumber: this.entryNumber,
      grant: Grant.encode(this.grant),
      grantSalt: this.grantSalt,
      roster: this.rosterObject,
      header: this.signedHeader.bytes,
      manifests: this.manifests,
      absences: this.absences,
    };
  }

  /** What a custodian decides on, with everything proved that it asks for. */
  input(keys: readonly Uint8Array[]): DecideInput {
    const { request, asker, blockTime: time, entriesProved } = this;
    const { root, claims } = this.state.prove(keys, this.crypto);
    return { request, asker, state: { root, time, claims, entriesProved } };
  }

  /** Has everything proved that decide asks for, and shows it. */
  show(): { input: DecideInput; clock: Seconds; realm: Realm } {
    const { request, clock, entriesProved } = this;
    const { realm } = this.chart;
    const asker = { account: this.asker.account, entriesProved };
    return { input: this.input(decideKeys(request, asker, realm)), clock, realm };
  }

  /** R·u, from the first t custodians, for a point that they agree to multiply. */
  release(u: Uint8Array): Uint8Array {
    const { dealing, random } = this.chart;
    const threshold = dealing.commitments.length;
    const answers = dealing.shares.slice(0, threshold).map((share, i) => {
      const asked = { share, inputs: [u], entry: this.entryValue };
      return { index: i + 1, point: answerWithShare(asked, random, this.crypto).points[0]! };
    });
    return combineShares(answers, threshold, this.crypto);
  }

  /** k1 of a unit, as every holder of the epoch's seed has it. */
  unitKey(unit: SealedUnit): Promise<Uint8Array> {
    const { epochKey, realm } = this.chart;
    return openUnitKey(parseManifest(unit.manifest, realm), epochKey, realm);
  }

  /** Text of the first record of a unit. */
  async readText(unit: SealedUnit, keys: UnitKeys): Promise<string> {
    const { realm } = this.chart;
    const place = { unit: parseManifest(unit.manifest, realm), keys, index: 0 };
    const { bytes } = await openRecord(place, [this.bodies.bodyOf(unit, 0)], realm);
    const pieces: Uint8Array[] = [];
    for await (const piece of bytes) pieces.push(piece);
    return decodeUtf8(concatBytes(...pieces));
  }

  /** Points of the units, as decide gives them. */
  get points(): Uint8Array[] {
    const { realm } = this.chart;
    return this.manifests.map((bytes) => parseManifest(bytes, realm).manifest.point!.u);
  }
}

function sampleGrant(grantee: AccountId, openSecret: Uint8Array): Grant {
  return {
    grantee,
    purposes: ['TREAT'],
    actions: ['read'],
    units: null,
    from: SAMPLE_TIME - 86_400,
    until: SAMPLE_TIME + 86_400,
    openingsMax: 20,
    unitsPerOpeningMax: 10,
    conditions: [],
    openSecret,
    writePart: null,
  };
}

function sampleKey(publicKey: Uint8Array): AccountKey {
  return { kind: 'service', publicKey, from: 0, until: null, passkey: null };
}

function sampleOrganisation(sealingKey: Uint8Array): Organisation {
  return {
    name: 'Synthetic Hospital',
    roles: ['provider'],
    status: 'active',
    endpoints: { node: null, vault: null, custodian: null, inbox: null },
    sealingKey,
    custodian: null,
    successor: null,
  };
}
