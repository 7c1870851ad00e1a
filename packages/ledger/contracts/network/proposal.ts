import {
  ACCOUNT_ID_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  type Seconds,
} from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { profileFields } from './profile.ts';
import { rolesField } from './roles.ts';
import { ConsensusRules, Rules } from './rules.ts';

const organisation = field.bytes(ACCOUNT_ID_BYTES);
const ofOne = field.struct({ organisation });

/** A version of the software that all go over to at a height. */
export const planFields = {
  /** Name of the release, as its software knows itself. */
  name: field.text(LEDGER_LIMITS.releaseBytesMax),
  /** The first height that it executes. */
  height: field.integer<Height>(1),
  /** SHA-256 of what operators install. */
  digest: field.bytes(32),
};

/** Everything that members decide together. */
export const actionField = field.variant({
  'admit-organisation': field.struct({ organisation, roles: rolesField, ...profileFields }),
  'suspend-organisation': ofOne,
  'reinstate-organisation': ofOne,
  'set-roles': field.struct({ organisation, roles: rolesField }),
  'add-validator': ofOne,
  'remove-validator': ofOne,
  'unjail-validator': ofOne,
  'grant-stake': field.struct({ organisation, amount: field.integer(1) }),
  'set-decide-rules': field.struct({
    decideVersion: field.integer(1),
    decideDigest: field.bytes(32),
  }),
  'set-rules': field.struct({ rules: Rules.schema }),
  'set-consensus': field.struct({ consensus: ConsensusRules.schema }),
  'plan-upgrade': field.struct(planFields),
  'cancel-upgrade': field.struct({}),
  'halt-network': field.struct({}),
  'resume-network': field.struct({}),
});

export const CHOICES = ['yes', 'no'] as const;
export type Choice = (typeof CHOICES)[number];
export const ENDS = ['executed', 'rejected', 'expired', 'failed'] as const;

/** Something to be decided, or decided. */
export const Proposal = defineFormat('proposal', 1, {
  proposer: organisation,
  action: actionField,
  made: field.integer<Seconds>(),
  /** The first second in which nobody votes any more. */
  closes: field.integer<Seconds>(),
  /** Votes of those who may vote now. */
  yes: field.integer(),
  no: field.integer(),
  end: field.nullable(field.struct({ how: field.word(ENDS), time: field.integer<Seconds>() })),
  /** Why it could not be executed when it was decided. */
  code: field.nullable(field.text(64)),
});
export type Proposal = FormatOf<typeof Proposal>;
export type Action = Proposal['action'];
export type ActionKind = Action['kind'];

/** Which of the rules' fractions decides on each action. */
const THRESHOLDS = {
  'admit-organisation': 'membership',
  'suspend-organisation': 'membership',
  'reinstate-organisation': 'membership',
  'set-roles': 'membership',
  'add-validator': 'membership',
  'remove-validator': 'membership',
  'unjail-validator': 'membership',
  'grant-stake': 'constitution',
  'set-decide-rules': 'constitution',
  'set-rules': 'constitution',
  'set-consensus': 'constitution',
  'plan-upgrade': 'constitution',
  'cancel-upgrade': 'constitution',
  'halt-network': 'emergency',
  'resume-network': 'emergency',
} as const satisfies { readonly [K in ActionKind]: Threshold };

/** Which of the rules' fractions decides. */
export type Threshold = 'membership' | 'constitution' | 'emergency';

export function thresholdOf({ kind }: Pick<Action, 'kind'>): Threshold {
  return THRESHOLDS[kind];
}

/** One organisation's vote. */
export const Vote = defineFormat('vote', 1, {
  choice: field.word(CHOICES),
  time: field.integer<Seconds>(),
});
export type Vote = FormatOf<typeof Vote>;

/** What is before the members. */
export const Agenda = defineFormat('agenda', 1, {
  /** Number of the next proposal. */
  next: field.integer(1),
  open: field.list(field.integer(1), { max: LEDGER_LIMITS.openProposalsMax, sortedBy: '' }),
  /** Organisations that may vote now. */
  voters: field.integer(1),
  /** Since when only proposals and votes are taken; null: all is well. */
  haltedSince: field.nullable(field.integer<Seconds>()),
});
export type Agenda = FormatOf<typeof Agenda>;

/** Which software executes this ledger, and which from a height on. */
export const Release = defineFormat('release', 1, {
  current: field.text(LEDGER_LIMITS.releaseBytesMax),
  plan: field.nullable(field.struct(planFields)),
});
export type Release = FormatOf<typeof Release>;

/** Name of the software that must execute a height. */
export function releaseAt({ current, plan }: Release, height: Height): string {
  return plan !== null && plan.height <= height ? plan.name : current;
}

/** Number of a proposal as a part of keys. */
export function proposalNumber(number: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}
