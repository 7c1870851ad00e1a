import { hash } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import { Entry } from '../opening/entry.ts';
import { type Notice, openNotice, sealNotice } from './notice.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { realm, random, chart, keys, custodians } = opening.chart;
const key = keys.mailbox;
const to = { chart, key: key.sealingKey };

const NOTICES: Notice['notice'][] = [
  {
    kind: 'opening',
    custodian: custodians[0]!,
    grantee: opening.grantee,
    entry: Entry.encode(opening.entry),
    entrySalt: opening.entrySalt,
    entryNumber: 2,
    verdict: 'GRANT_EXPIRED',
  },
  { kind: 'knock', organisation: opening.grantee, recipient: random.bytes(32), epoch: 0, n: 7 },
  { kind: 'summary', custodian: custodians[0]!, count: 21 },
];

describe('a notice in the mailbox of a chart', () => {
  it.each(NOTICES)('of the kind $kind is opened by the owner as it was left', async (notice) => {
    const whole = { time: SAMPLE_TIME, notice };
    const sealed = await sealNotice(whole, to, realm);
    expect(await openNotice(sealed, { chart, key }, realm)).toEqual(whole);
  });

  it('opens for nobody else, in no other chart or network', async () => {
    const sealed = await sealNotice({ time: SAMPLE_TIME, notice: NOTICES[2]! }, to, realm);
    const other = crypto.kem.openingKey(random.bytes(32));
    const tries = [
      () => openNotice(sealed, { chart, key: other }, realm),
      () => openNotice(sealed, { chart: random.bytes(32), key }, realm),
      () => openNotice(sealed, { chart, key }, { network: random.bytes(32), crypto }),
      () => openNotice(random.bytes(2000), { chart, key }, realm),
      () => openNotice(new Uint8Array(0), { chart, key }, realm),
    ];
    for (const open of tries) expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
  });

  it('that holds no notice is refused by its format', async () => {
    const info = hash('mailbox-seal', [chart], realm);
    const sealed = await crypto.kem.seal(random.bytes(30), { to: key.sealingKey, info });
    const code = await codeOfAsync(() => openNotice(sealed, { chart, key }, realm));
    expect(code).toMatch(/^(CBOR|FORMAT)_/);
  });

  it('fits a mailbox with the largest entry that there can be', async () => {
    const labels = Array.from({ length: CHART_LIMITS.unitsPerOpeningMax }, (_, i) =>
      new Uint8Array(32).fill(i),
    );
    const entry = Entry.encode({ ...opening.entry, labels });
    const notice = { ...(NOTICES[0] as object), entry } as Notice['notice'];
    const sealed = await sealNotice({ time: SAMPLE_TIME, notice }, to, realm);
    expect(sealed.length).toBeLessThan(CHART_LIMITS.mailboxBytesMax);
  });
});
