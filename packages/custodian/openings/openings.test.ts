import {
  combineShares,
  erasedOf,
  type Grant,
  Manifest,
  makeRoster,
  objectName,
  parseManifest,
  verifyReceipt,
} from '@ward/charts';
import { SuspendOrganisation } from '@ward/ledger/schema';
import { parseHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { CustodyStage, type StagedOpening } from '@ward/testkit/custody-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let custody: CustodyStage;

beforeAll(async () => {
  custody = await CustodyStage.start(await loadCrypto());
});
afterAll(() => custody.stop());

const codeOf = (opening: StagedOpening, i = 0) => codeOfAsync(() => custody.open1(opening, i));

/** Verdicts that stand in the owner's mailbox. */
async function verdictsOf({ chart }: StagedOpening): Promise<string[]> {
  const notices = await custody.notices(chart);
  return notices.map((notice) => (notice.kind === 'opening' ? notice.verdict : notice.kind));
}

describe('an opening', () => {
  it('is answered by three of five custodians, after the owner was told by each', async () => {
    const opening = await custody.openable({ units: 2 });
    await custody.commit(opening);
    const answers = await Promise.all([0, 2, 4].map((i) => custody.open1(opening, i)));
    const { dealing, realm } = opening.chart;
    const { crypto } = realm;
    for (const [i, manifest] of opening.manifests.entries()) {
      const { u } = parseManifest(manifest, realm).manifest.point!;
      const points = answers.map(({ released: [one] }) => ({
        ...{ index: one!.index, point: one!.points[i]!.point },
      }));
      const k2 = combineShares(points, 3, crypto);
      expect(k2).toEqual(crypto.ristretto.multiply(dealing.secret, u));
    }
    expect(await verdictsOf(opening)).toEqual(['PERMITTED', 'PERMITTED', 'PERMITTED']);
    const notices = await custody.notices(opening.chart);
    const tellers = notices.map((notice) => 'custodian' in notice && notice.custodian.join());
    expect(new Set(tellers).size).toBe(3);
    expect(notices[0]).toMatchObject({ grantee: custody.hospital.id, entryNumber: 0 });
    const { receipt } = answers[0]!;
    const { publicKey } = custody.custodians[0]!.receiptKey;
    expect(verifyReceipt(receipt, publicKey, realm)).toBe(true);
    expect(receipt).toMatchObject({ verdict: 'PERMITTED', time: custody.stage.now });
  });

  it('that is repeated gets the same shares, and the owner no second notice', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    const [first, second] = await Promise.all([
      custody.open1(opening, 0),
      custody.open1(opening, 0),
    ]);
    await custody.stage.pass(500);
    const third = await custody.open1(opening, 0);
    const pointOf = ({ released }: typeof first) => released[0]!.points[0]!.point;
    expect([pointOf(second), pointOf(third)]).toEqual([pointOf(first), pointOf(first)]);
    expect(await verdictsOf(opening)).toEqual(['PERMITTED']);
    await custody.stage.pass(100);
    expect(await codeOf(opening)).toBe('ENTRY_STALE');
  });

  it('may follow on others of the same grant, each proved once', async () => {
    const opening = await custody.openable();
    for (const entryNumber of [0, 1, 2]) {
      opening.entryNumber = entryNumber;
      opening.entrySalt = opening.chart.random.bytes(32);
      await custody.commit(opening);
      await custody.open1(opening, 0);
    }
    const skipping = { ...opening, entryNumber: 4, entrySalt: opening.chart.random.bytes(32) };
    await custody.commit(skipping);
    expect(await codeOf(skipping)).toBe('ENTRY_GAP');
    expect(await codeOf(skipping, 1)).toBe('ENTRY_GAP');
  });

  it('at the very end of a grant, behind a hole, is refused', async () => {
    const opening = await custody.openable();
    opening.entryNumber = 900;
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe('ENTRY_GAP');
  });
});

type Change = (opening: StagedOpening) => void | Promise<void>;

/** What makes custodians refuse, between the commitment of the entry and the question. */
const AFTER: readonly (readonly [code: string, change: Change])[] = [
  [
    'GRANT_REVOKED',
    (opening) => {
      opening.roster = makeRoster([], opening.chart.random);
    },
  ],
  ['ENTRY_STALE', () => custody.stage.pass(600)],
  [
    'UNIT_UNNAMED',
    (opening) => {
      opening.manifests = [...opening.manifests, opening.manifests[0]!];
    },
  ],
  [
    'UNIT_MISMATCH',
    (opening) => {
      const other = Manifest.decode(opening.manifests[0]!);
      opening.manifests = [Manifest.encode({ ...other, root: new Uint8Array(32) })];
    },
  ],
  [
    'CHART_SUPERSEDED',
    async (opening) => {
      const { keys } = opening.chart;
      const slots = { slot: keys.slot(1).publicKey, nextSlot: keys.slot(2).publicKey };
      const roster = objectName(opening.roster, custody.stage.crypto);
      const next = opening.chart.sign({ version: 1, roster, ...slots });
      await custody.vault.publish(next, opening.chart);
    },
  ],
  [
    'ENTRY_UNCOMMITTED',
    (opening) => {
      opening.entrySalt = opening.chart.random.bytes(32);
    },
  ],
];

/** What is wrong from the beginning. */
const BEFORE: readonly (readonly [code: string, change: Change])[] = [
  [
    'PURPOSE_NOT_GRANTED',
    (opening) => {
      opening.entry = { ...opening.entry, purpose: 'HRESCH' };
    },
  ],
  [
    'UNIT_UNNAMED',
    (opening) => {
      opening.entry = { ...opening.entry, labels: [opening.chart.random.bytes(32)] };
    },
  ],
  [
    'POINT_UNPROVED',
    (opening) => {
      const manifest = Manifest.decode(opening.manifests[0]!);
      const point = { ...manifest.point!, d: new Uint8Array(32).fill(1) };
      opening.manifests = [Manifest.encode({ ...manifest, point })];
    },
  ],
];

/** What the grant, or the header, does not allow. */
const GRANTED: readonly (readonly [code: string, grant: Partial<Grant>])[] = [
  ['GRANT_NOT_YET', { from: 1_900_000_000 }],
  ['GRANT_EXPIRED', { until: 1_700_000_000 }],
  ['OPENINGS_EXHAUSTED', { openingsMax: 0 }],
  ['UNITS_TOO_MANY', { unitsPerOpeningMax: 0 }],
  ['UNIT_NOT_GRANTED', { units: [new Uint8Array(32)] }],
  ['PURPOSE_NOT_GRANTED', { actions: ['write'] }],
];

describe('a custodian refuses, and tells the owner', () => {
  it.each(AFTER)('with %s what changed since the entry', async (code, change) => {
    const opening = await custody.openable();
    await custody.commit(opening);
    await change(opening);
    expect(await codeOf(opening)).toBe(code);
    expect(await verdictsOf(opening)).toEqual([code]);
  });

  it.each(BEFORE)('with %s what is wrong from the beginning', async (code, change) => {
    const opening = await custody.openable();
    await change(opening);
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe(code);
    expect(await verdictsOf(opening)).toEqual([code]);
  });

  it.each(GRANTED)('with %s what was not granted', async (code, grant) => {
    const opening = await custody.openable({ grant });
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe(code);
    expect(await verdictsOf(opening)).toEqual([code]);
  });

  it('with UNIT_ERASED a unit that the owner erased', async () => {
    const opening = await custody.openable();
    const { chart } = opening;
    const labels = [...opening.entry.labels];
    const slots = { slot: chart.keys.slot(1).publicKey, nextSlot: chart.keys.slot(2).publicKey };
    const erased = erasedOf(labels, chart.realm.crypto);
    const roster = objectName(opening.roster, chart.realm.crypto);
    opening.header = chart.sign({ version: 1, erased, roster, ...slots });
    await custody.vault.publish(opening.header, chart);
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe('UNIT_ERASED');
  });

  it('with CHART_CLOSED a frozen chart', async () => {
    const opening = await custody.openable({ header: { state: 'frozen' } });
    await custody.commit(opening);
    expect(await codeOf(opening)).toBe('CHART_CLOSED');
    expect(await verdictsOf(opening)).toEqual(['CHART_CLOSED']);
  });

  it('with GRANTEE_INACTIVE another active organisation that shows the grant', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    const other = custody.stage.ledger.members[2]!;
    const asker = { account: other.id, keyPair: other.service };
    const sealed = await custody.seal(custody.request(opening), 0, asker);
    const answer = await custody.ask(sealed, 0);
    const verified = () => custody.verify(answer, opening, 0);
    expect(await codeOfAsync(verified)).toBe('GRANTEE_INACTIVE');
    const [notice] = await custody.notices(opening.chart);
    expect(notice).toMatchObject({ grantee: other.id, verdict: 'GRANTEE_INACTIVE' });
  });

  it('with SHARE_UNKNOWN a key of which it has no share', async () => {
    const opening = await custody.openable({ dealt: [1, 2, 3, 4] });
    await custody.commit(opening);
    expect(await codeOf(opening, 0)).toBe('SHARE_UNKNOWN');
    expect(await codeOf(opening, 1)).toBeUndefined();
    expect(await verdictsOf(opening)).toEqual(['SHARE_UNKNOWN', 'PERMITTED']);
  });

  it('with LEDGER_BEHIND by a ledger that has stood still for a minute', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    await custody.open1(opening, 1);
    custody.stage.passSilently(15);
    expect(await codeOf(opening)).toBeUndefined();
    custody.stage.passSilently(60);
    expect(await codeOf(opening)).toBe('LEDGER_BEHIND');
    await custody.stage.pass(0);
    expect(await codeOf(opening)).toBeUndefined();
  });

  it('tells floods of refusals as numbers, so that they hide no opening', async () => {
    const opening = await custody.openable();
    for (let n = 0; n < 40; n++) {
      opening.entrySalt = opening.chart.random.bytes(32);
      expect(await codeOf(opening)).toBe('ENTRY_UNCOMMITTED');
    }
    await custody.commit(opening);
    await custody.open1(opening, 0);
    const verdicts = await verdictsOf(opening);
    expect(verdicts.slice(0, 5)).toEqual(new Array(5).fill('ENTRY_UNCOMMITTED'));
    expect(verdicts.slice(5)).toEqual(['summary', 'summary', 'summary', 'PERMITTED']);
    const summary = (await custody.notices(opening.chart))[7]!;
    expect(summary).toMatchObject({ kind: 'summary', count: 27 });
  });
});

describe('a request that is only counted', () => {
  let opening: StagedOpening;
  beforeAll(async () => {
    opening = await custody.openable();
    await custody.commit(opening);
  });

  it('is one that is not signed by a service key of an active organisation', async () => {
    const { hospital, stage } = custody;
    const ask = async (asker: object) => {
      const sealed = await custody.seal(custody.request(opening), 0, asker);
      return codeOfAsync(() => custody.ask(sealed, 0));
    };
    expect(await ask({ keyPair: hospital.officer })).toBe('REQUEST_UNBELIEVED');
    expect(await ask({ account: stage.ledger.members[4]!.id })).toBe('REQUEST_UNBELIEVED');
    const stranger = stage.ledger.makeMember(90);
    const unknown = { account: stranger.id, keyPair: stranger.service };
    expect(await ask(unknown)).toBe('REQUEST_UNBELIEVED');
    expect(await ask({ time: stage.now - 121 })).toBe('REQUEST_TIME');
    expect(await verdictsOf(opening)).toEqual([]);
  });

  it('is one whose header does not verify, or that cannot be read', async () => {
    const other = custody.chart();
    const altered = { ...opening, header: other.sign() };
    const sealed = await custody.seal(custody.request(altered), 0);
    expect(await codeOfAsync(() => custody.ask(sealed, 0))).toBe('CHART_MISMATCH');
    const rubbish = await custody.seal(Uint8Array.of(0x80), 0);
    expect(await codeOfAsync(() => custody.ask(rubbish, 0))).toBe('FORMAT_FIELDS');
    expect(await codeOfAsync(() => custody.ask(parseHex('00'.repeat(2000)), 0))).toBe(
      'SEAL_INVALID',
    );
    const elsewhere = await custody.seal(custody.request(opening), 1);
    expect(await codeOfAsync(() => custody.ask(elsewhere, 0))).toBe('SEAL_INVALID');
    expect(await verdictsOf(opening)).toEqual([]);
  });
});

describe('the owner is told first', () => {
  it('and where no vault takes the notice, nothing is released', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    const { stage, vault } = custody;
    const gone = { name: 'gone', send: () => Promise.reject(new Error('gone')) };
    stage.serve('memory://vault', gone);
    expect(await codeOf(opening)).toBe('NOTICE_UNDELIVERED');
    stage.serve('memory://vault', vault.transport);
    expect(await codeOf(opening)).toBeUndefined();
    expect(await verdictsOf(opening)).toEqual(['PERMITTED']);
  });
});

describe('an organisation that is suspended', () => {
  it('opens nothing any more', async () => {
    const opening = await custody.openable();
    await custody.commit(opening);
    const { registrar } = custody.stage.ledger;
    const { id: organisation } = custody.hospital;
    await custody.stage.submit(registrar, SuspendOrganisation, { organisation }, 'officer');
    const known = await codeOf(opening);
    expect(['GRANTEE_INACTIVE', 'REQUEST_UNBELIEVED']).toContain(known);
    await custody.stage.pass(30);
    expect(await codeOf(opening)).toBe('REQUEST_UNBELIEVED');
  });
});
