import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '@ward/engine';
import { PromotionAnswer, PromotionPlan, ROLES } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  type Crypto,
  defineFormat,
  encodeUtf8,
  type Format,
  type FormatOf,
  field,
  SEALING_KEY_BYTES,
  WardError,
} from '@ward/protocol';
import { refuse } from './errors.ts';
import type { PlannedFounder } from './make-network.ts';
import { SERVER_KINDS } from './organisations.ts';
import { publicKeysOf } from './server-homes.ts';

const ORGANISATIONS_MAX = 100;
const ADDRESS_BYTES_MAX = 262;
const PEER_BYTES_MAX = ADDRESS_BYTES_MAX + 41;
const seedField = field.bytes(32);
const portField = field.nullable(field.integer(1, 65_535));

/** An organisation that a promotion brings, with the secrets of its servers. */
const newcomerField = field.struct({
  folder: field.text(64),
  name: field.text(256),
  roles: field.list(field.word(ROLES), { min: 1, max: ROLES.length }),
  ports: field.struct({ node: portField, vault: portField, custodian: portField }),
  peerPort: portField,
  keys: field.struct({
    account: field.bytes(ACCOUNT_ID_BYTES),
    service: field.bytes(32),
    officer: field.bytes(32),
    sealing: field.bytes(SEALING_KEY_BYTES),
  }),
  secrets: field.list(
    field.struct({
      kind: field.word(SERVER_KINDS),
      serviceSeed: seedField,
      validatorSeed: seedField,
      peerSeed: seedField,
      sealingSeed: seedField,
      receiptSeed: seedField,
    }),
    { max: SERVER_KINDS.length },
  ),
});

/**
 * What a promotion on this machine has decided and not finished. It stands in the home before
 * anything is signed, so that the command goes on from wherever it was broken off; it holds secrets
 * and is deleted at the end.
 */
export const PromotionDraft = defineFormat('promotion-draft', 1, {
  plan: PromotionPlan.schema,
  /** How the node that had the ledger alone meets the others: its key, and where. */
  nodeSeed: seedField,
  address: field.text(ADDRESS_BYTES_MAX),
  newcomers: field.list(newcomerField, { max: ORGANISATIONS_MAX }),
  /** Nodes of founders that keep their keys themselves. */
  peers: field.later(field.list(field.text(PEER_BYTES_MAX), { max: ORGANISATIONS_MAX })),
});
export type PromotionDraft = FormatOf<typeof PromotionDraft>;

const DRAFT_FILE = 'promotion.draft';
const ANSWER_FILE = 'promotion.proof';

/** The draft of a home; undefined where no promotion was begun. */
export function loadDraft(home: string): PromotionDraft | undefined {
  return load(join(home, DRAFT_FILE), PromotionDraft);
}

export function saveDraft(home: string, draft: PromotionDraft): void {
  nodeDisk.replace(join(home, DRAFT_FILE), encodeJson(PromotionDraft, draft));
}

/** What the old chain says of its end, once it does. */
export function loadAnswer(home: string): PromotionAnswer | undefined {
  return load(join(home, ANSWER_FILE), PromotionAnswer);
}

export function saveAnswer(home: string, answer: PromotionAnswer): void {
  nodeDisk.replace(join(home, ANSWER_FILE), encodeJson(PromotionAnswer, answer));
}

/** The proof stays: it says how this chain began. */
export function endDraft(home: string): void {
  rmSync(join(home, DRAFT_FILE), { force: true });
}

/** The organisations of a draft as they were planned. */
export function newcomersOf({ newcomers }: PromotionDraft, crypto: Crypto): PlannedFounder[] {
  return newcomers.map(({ folder, name, roles, ports, peerPort, keys, secrets }) => {
    const { node, vault, custodian } = ports;
    return {
      plan: { folder, name, roles, servers: {}, inbox: folder, staff: [] },
      ports: {
        ...(node === null ? {} : { node }),
        ...(vault === null ? {} : { vault }),
        ...(custodian === null ? {} : { custodian }),
      },
      ...{ peerPort, keys, secrets },
      servers: secrets.map((each) => publicKeysOf(each, crypto)),
    };
  });
}

/** As {@link newcomersOf} reads it. */
export function draftOf(founder: PlannedFounder): PromotionDraft['newcomers'][number] {
  const { plan, ports, peerPort, keys, secrets } = founder;
  const { node = null, vault = null, custodian = null } = ports;
  const { folder, name, roles } = plan;
  return { folder, name, roles, ports: { node, vault, custodian }, peerPort, keys, secrets };
}

function encodeJson<T>(format: Format<T>, value: T): Uint8Array {
  return encodeUtf8(`${JSON.stringify(format.toJson(value), null, 2)}\n`);
}

function load<T>(path: string, format: Format<T>): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return format.fromJson(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const isDamaged = error instanceof WardError || error instanceof SyntaxError;
    throw isDamaged ? refuse('PROMOTION_DAMAGED') : error;
  }
}
