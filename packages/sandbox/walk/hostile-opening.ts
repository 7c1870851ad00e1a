import {
  actorCommitment,
  askOpening,
  Entry,
  entryAddress,
  entryDigest,
  Grant,
  grantLeaf,
  Manifest,
  type OpeningAnswer,
  OpeningRequest,
  openAnswer,
  type ParsedManifest,
  sealActor,
  sealOpeningRequest,
  sharePublicKey,
  signStaffRequest,
  type VerifiedHeader,
} from '@ward/charts';
import { WriteSlots } from '@ward/ledger/schema';
import { type AccountId, callRaw, collectBody, compareBytes, type Digest } from '@ward/protocol';
import { message, type OrganisationWard, submit } from '@ward/sdk';
import type { SandboxStaff } from '../network/index.ts';

const ANSWER_BYTES_MAX = 1024 * 1024;

/**
 * An opening as somebody makes it who has the organisation's keys but goes past its key service:
 * every part can be chosen. Hospital B's insiders of the walk use it.
 */
export interface HostileOpening {
  readonly ward: OrganisationWard;
  readonly staff: SandboxStaff;
  readonly grant: Grant;
  readonly grantSalt: Uint8Array;
  readonly entryNumber: number;
  /** The chart's header and roster, as the attacker shows them. */
  readonly header: VerifiedHeader;
  readonly roster: Uint8Array;
  /** Units that the entry names. */
  readonly named: readonly ParsedManifest[];
  /** Units that are asked for; those that the entry names when left out. */
  readonly asked?: readonly ParsedManifest[];
}

/** An entry that is committed, ready to be shown to custodians any number of times. */
export interface CommittedOpening {
  readonly opening: HostileOpening;
  readonly request: Uint8Array;
  /** Value of the entry's slot. */
  readonly entry: Digest;
  readonly responseSeed: Uint8Array;
}

/** Makes the entry of an opening and commits it to the ledger. */
export async function commitHostile(opening: HostileOpening): Promise<CommittedOpening> {
  const { ward, grant, grantSalt, entryNumber, named } = opening;
  const { realm, random } = ward.connection;
  const responseSeed = random.bytes(32);
  const sorted = [...named].sort((a, b) => compareBytes(a.label, b.label));
  const entry = await makeEntry(opening, sorted, responseSeed);
  const salt = random.bytes(32);
  const value = entryDigest({ salt, entry }, realm);
  const { openSecret } = grant;
  const address = entryAddress({ openSecret, n: entryNumber }, realm.crypto);
  const slots = [{ address, value }];
  await submit(ward.connection, [message(WriteSlots, { slots })], [ward.keys.serviceSigner]);
  const request = OpeningRequest.encode({
    entry,
    entrySalt: salt,
    entryNumber,
    grant: Grant.encode(grant),
    grantSalt,
    roster: opening.roster,
    header: opening.header.bytes,
    manifests: (opening.asked ?? sorted).map(({ manifest }) => Manifest.encode(manifest)),
    absences: [],
  });
  return { opening, request, entry: value, responseSeed };
}

async function makeEntry(
  { ward, staff, grant, grantSalt, header }: HostileOpening,
  sorted: readonly ParsedManifest[],
  responseSeed: Uint8Array,
): Promise<Uint8Array> {
  const { realm, random } = ward.connection;
  const { chart, mailboxKey: mailbox } = header.header;
  const leaf = grantLeaf({ salt: grantSalt, grant: Grant.encode(grant) }, realm);
  const labels = sorted.map(({ label }) => label);
  const fields = { chart, leaf, labels, purpose: 'TREAT', reason: 'consultation' } as const;
  const request = { ...fields, time: ward.connection.now() };
  const actor = signStaffRequest(request, { staff, keyPair: staff.keyPair }, random, realm);
  const mailboxKey = realm.crypto.kem.sealingKey(mailbox);
  return Entry.encode({
    ...fields,
    actorCommitment: actorCommitment(actor, realm),
    actorBox: await sealActor(actor, { chart, leaf, mailboxKey }, realm),
    responseKey: realm.crypto.kem.openingKey(responseSeed).sealingKey.bytes,
  });
}

/**
 * Shows a committed opening to one custodian.
 *
 * @throws WardError what the custodian refuses.
 */
export async function showTo(
  custodian: AccountId,
  committed: CommittedOpening,
): Promise<OpeningAnswer> {
  const { opening, request, entry, responseSeed } = committed;
  const { ward, header, named, asked = named } = opening;
  const { connection, keys } = ward;
  const { realm } = connection;
  const { custodian: published } = await connection.organisation(custodian);
  const key = realm.crypto.kem.sealingKey(published!.sealingKey);
  const { account, serviceKey: keyPair } = keys;
  const asker = { account, keyPair, time: connection.now() };
  const body = await sealOpeningRequest(
    request,
    { asker, custodian: { id: custodian, key } },
    realm,
  );
  const server = await connection.server(custodian, 'custodian');
  const sealed = await callRaw(askOpening, { params: {}, query: {}, body }, server);
  const bytes = await collectBody(sealed, ANSWER_BYTES_MAX);
  const release = header.header.releases.at(-1)!;
  const { index } = release.custodians.find(({ organisation }) => isSame(organisation, custodian))!;
  const points = [...asked]
    .sort((a, b) => compareBytes(a.label, b.label))
    .map(({ label, manifest }) => ({ label, u: manifest.point!.u }));
  return openAnswer(
    bytes ?? new Uint8Array(0),
    {
      entry,
      custodian,
      key: realm.crypto.kem.openingKey(responseSeed),
      publicKey: published!.publicKey,
      expected: [
        {
          q: release.commitments[0]!,
          index,
          points,
          sharePublicKey: sharePublicKey(release.commitments, index, realm.crypto),
        },
      ],
    },
    realm,
  );
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}
