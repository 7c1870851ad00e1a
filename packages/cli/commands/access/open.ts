import { PURPOSES, REASONS, signStaffRequest } from '@ward/charts';
import { word } from '@ward/protocol';
import type { ReceivedGrant } from '@ward/sdk';
import { staffKeyPair } from '@ward/sdk/node';
import { chooseGrantedUnits } from '../../find/choose-units.ts';
import { findReceivedGrant } from '../../find/find-grant.ts';
import { chooseStaff } from '../../find/find-staff.ts';
import { unitId } from '../../find/find-unit.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { shortId } from '../../frame/names.ts';
import { flag, many, oneOf, optional, path, text } from '../../frame/parameters.ts';
import type { OrganisationSession } from '../../frame/session.ts';
import { ExportFolder } from '../../input/export-folder.ts';
import { openingJson, showOpening } from '../../show/opening.ts';

export const accessOpen = defineCommand({
  name: 'open',
  summary: 'Open units of a chart on a grant',
  details:
    'An entry goes to the ledger first: who, why, which units. Then custodians decide, and tell ' +
    'the patient. Records are printed, or written with --out; they are kept nowhere else, and ' +
    'opening them again counts again.',
  owner: 'organisation',
  args: { grant: optional(text('GRANT', 'id of the grant, or of its chart')) },
  options: {
    unit: many(text('UNIT', 'unit to open, as ward record list shows it')),
    all: flag('all units that the grant reaches'),
    purpose: optional(oneOf(PURPOSES, 'PURPOSE', 'what for'), 'the one of the grant'),
    reason: optional(oneOf(REASONS, 'REASON', 'why, as the patient will read it')),
    staff: optional(text('NAME', 'who opens: a name with a key under keys/staff')),
    attempt: flag('ask also for what the grant does not allow: an entry is spent'),
    out: optional(path('FOLDER', 'write the records into this folder')),
  },
  examples: [
    'ward access open 91d00e3c --unit 4fa1c09b --reason consultation --staff "Dr Ada Example"',
  ],
  async run({ args, options }, session) {
    const { ward, names, platform } = session;
    await ward.access.collect();
    const { leaf, grant, envelope } = await chooseGrant(args.grant, session);
    const units = await chooseGrantedUnits(leaf, options, session);
    const purpose = options.purpose ?? (await choosePurpose(grant.purposes, session));
    const reason = options.reason ?? (await chooseReason(session));
    const staff = await chooseStaff(options.staff, session);
    const asked = { leaf, units, purpose, reason };
    const keyPair = staffKeyPair(staff, platform.crypto);
    const actor = signStaffRequest(
      ward.access.request(asked),
      { staff, keyPair },
      platform.random,
      ward.connection.realm,
    );
    const opening = await ward.access.open({ ...asked, actor, isAttempt: options.attempt });
    const told = [...opening.receipts, ...opening.problems];
    await names.learn(told.map(({ custodian }) => custodian));
    const { out } = options;
    if (out !== undefined) {
      const folder = new ExportFolder(out);
      for (const { unit, records } of opening.units) {
        const place = { kind: envelope.kind, unit: shortId(unitId(unit)) };
        for (const record of records) folder.put(place, record);
      }
    }
    return {
      json: openingJson(opening, { kind: envelope.kind, leaf, purpose, reason, staff: staff.name }),
      show: (screen) => showOpening(opening, { out, names }, screen),
    };
  },
});

async function chooseGrant(
  wanted: string | undefined,
  { ward, ask }: OrganisationSession,
): Promise<ReceivedGrant> {
  if (wanted !== undefined) return findReceivedGrant(wanted, ward);
  const choices = ward.access.grants().map((value) => ({
    value,
    label: `${value.envelope.kind} ${shortId(value.chart)}`,
    hint: `${value.grant.purposes.join(' ')}, grant ${shortId(value.leaf)}`,
  }));
  return ask.choose('On which grant?', choices, word('GRANT'));
}

async function choosePurpose<P extends string>(
  purposes: readonly P[],
  { ask }: OrganisationSession,
): Promise<P> {
  if (purposes.length === 1) return purposes[0]!;
  const choices = purposes.map((value) => ({ value, label: value }));
  return ask.choose('What for?', choices, word('--purpose'));
}

function chooseReason({ ask }: OrganisationSession) {
  const choices = REASONS.map((value) => ({ value, label: value }));
  return ask.choose('Why?', choices, word('--reason'));
}
