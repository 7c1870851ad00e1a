/** Everything that `ward doctor` looks for, in the order in which it does. */
export const FAULTS = [
  'missing-engine',
  'stale-software',
  'wrong-clock',
  'full-disk',
  'taken-port',
  'wrong-genesis',
  'corrupted-store',
  'double-key',
  'unreachable-peer',
  'expired-certificate',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Something that is wrong, for the operator of the machine. */
export interface Finding {
  readonly fault: Fault;
  /** What was found. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do. */
  readonly next: string;
}
