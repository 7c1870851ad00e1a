import { type ChartId, type Digest, hash, type Realm } from '@ward/protocol';

/** What a unit's label binds together; the release proof, author and bodies are bound to it. */
export interface LabelFields {
  readonly suite: number;
  readonly chart: ChartId;
  readonly epoch: number;
  /** Release key under which the unit stands; empty for a chart that is readable offline. */
  readonly q: Uint8Array;
  /** Random. */
  readonly unit: Uint8Array;
  /** Root of its leaves (RFC 6962). */
  readonly root: Digest;
  readonly count: number;
}

export function unitLabel(fields: LabelFields, realm: Realm): Digest {
  const { suite, chart, epoch, q, unit, root, count } = fields;
  return hash('label', [suite, chart, epoch, q, unit, root, count], realm);
}
