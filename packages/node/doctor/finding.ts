/** Everything that `ward doctor` looks for, in the order in which it does. */
export const FAULTS = [
  'missing-engine',
  'stale-software',
  'wrong-clock',
  'full-disk',
  'taken-port',
  'wrong-genesis',
  'ledger-behind',
  'wrong-key',
  'corrupted-store',
  'damaged-objects',
  'unreadable-shares',
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

/** Findings in the order in which faults are looked for. */
export function inOrder<F extends Finding>(findings: readonly F[]): F[] {
  return [...findings].sort((a, b) => FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault));
}
