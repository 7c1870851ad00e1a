import { loadCrypto } from '@ward/protocol/crypto';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import type { Notice } from '../log/notice.ts';
import { explainSlots } from '../log/owners-log.ts';
import {
  ACTOR_BOX_BYTES,
  actorCommitment,
  Entry,
  openActor,
  sealActor,
  signStaffRequest,
} from '../opening/entry.ts';

// Staff sign each request and the entry commits to that signature: otherwise the organisation names
// a scapegoat later.

const crypto = await loadCrypto();

describe('who acted, as the entry says it', () => {
  it('is the member of staff who signed', async () => {
    const opening = await SampleOpening.make(crypto);
    const { keys, realm } = opening.chart;
    const actor = await openActor(opening.entry, [keys.mailbox], realm);
    expect(actor?.publicKey).toEqual(opening.staffKey.publicKey);
    expect(actor?.name).toBe('Synthetic Clinician');
  });

  it('is nobody when the box names another than the commitment', async () => {
    const opening = await SampleOpening.make(crypto);
    const { keys, realm, random, chart, header } = opening.chart;
    const { leaf, labels, purpose, reason, actorCommitment: committed } = opening.entry;
    const keyPair = crypto.ed25519.keyPair(random.bytes(32));
    const staff = { name: 'Scapegoat (synthetic)', role: 'nurse' };
    const request = { chart, leaf, labels, purpose, reason, time: SAMPLE_TIME };
    const other = signStaffRequest(request, { staff, keyPair }, random, realm);
    expect(actorCommitment(other, realm)).not.toEqual(committed);
    const mailboxKey = crypto.kem.sealingKey(header.mailboxKey);
    const actorBox = await sealActor(other, { chart, leaf, mailboxKey }, realm);
    const named = { ...opening.entry, actorBox };
    expect(await openActor(named, [keys.mailbox], realm)).toBeUndefined();
  });

  it('is nobody when the signature is for other units, another purpose or reason', async () => {
    const opening = await SampleOpening.make(crypto);
    const { keys, realm, random } = opening.chart;
    const changes: Partial<Entry>[] = [
      { labels: [random.bytes(32)] },
      { purpose: 'HRESCH' },
      { reason: 'research' },
    ];
    for (const change of changes) {
      const altered = { ...opening.entry, ...change };
      expect(await openActor(altered, [keys.mailbox], realm)).toBeUndefined();
    }
  });

  it('is nobody when the commitment was changed afterwards, or the box is rubbish', async () => {
    const opening = await SampleOpening.make(crypto);
    const { keys, realm, random } = opening.chart;
    for (const change of [
      { actorCommitment: random.bytes(32) },
      { actorBox: random.bytes(ACTOR_BOX_BYTES) },
    ]) {
      const altered = { ...opening.entry, ...change };
      expect(await openActor(altered, [keys.mailbox], realm)).toBeUndefined();
    }
  });

  it('is nobody when the signature is of another day: it tells of another opening', async () => {
    const opening = await SampleOpening.make(crypto);
    const { keys, realm, custodians } = opening.chart;
    const log = async (signed: number) => {
      await opening.signActor(signed);
      const notice: Notice['notice'] = {
        kind: 'opening',
        custodian: custodians[0]!,
        grantee: opening.grantee,
        entry: Entry.encode(opening.entry),
        entrySalt: opening.entrySalt,
        entryNumber: opening.entryNumber,
        verdict: 'PERMITTED',
      };
      const slots = [{ n: 2, value: opening.entryValue, time: SAMPLE_TIME }];
      const made = { leaf: opening.leaf, grant: opening.grant };
      const notices = [{ time: SAMPLE_TIME, notice }];
      return explainSlots({ made, slots, notices }, [keys.mailbox], realm);
    };
    expect((await log(SAMPLE_TIME - 600))[0]!.actor).toBeDefined();
    expect((await log(SAMPLE_TIME - 601))[0]!.actor).toBeUndefined();
    expect((await log(SAMPLE_TIME + 601))[0]!.actor).toBeUndefined();
    expect((await log(SAMPLE_TIME - 86_400))[0]!.entry).toBeDefined();
  });
});
