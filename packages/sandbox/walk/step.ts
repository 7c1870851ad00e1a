import { WardError } from '@ward/protocol';
import type { WalkState } from './walk-state.ts';

/** What a step showed. */
export interface Proof {
  /** One sentence: what was proved, and by what. */
  readonly proof: string;
  /** More, a line each: what was caught and by whom, or what a person would see. */
  readonly details?: readonly string[];
}

/**
 * Says how far a step is.
 *
 * @param share Of the whole, from 0 to 1, where it is known: drawn as a bar.
 */
export type Tell = (text: string, share?: number) => void;

/** One step of the main job. */
export interface Step {
  readonly number: number;
  readonly title: string;
  run(state: WalkState, tell: Tell): Promise<Proof>;
}

/** A step as it went; the entries of `--json`. */
export interface StepResult {
  readonly step: number;
  readonly title: string;
  readonly held: boolean;
  readonly proof: string;
  readonly details: readonly string[];
  readonly durationMs: number;
}

/** `1 record`, `2 records`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Something that was to hold did not. */
export class DidNotHold extends Error {}

/** @throws DidNotHold */
export function demand(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new DidNotHold(what);
}

/**
 * Demands that work is refused with one of some codes.
 *
 * @returns The code with which it was refused.
 * @throws DidNotHold when it is done, or refused for another reason.
 */
export async function demandRefusal(
  codes: readonly string[],
  work: () => Promise<unknown>,
): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof WardError && codes.includes(error.code)) return error.code;
    const reason = error instanceof WardError ? error.code : String(error);
    throw new DidNotHold(`refused with ${reason} instead of ${codes.join(' or ')}`);
  }
  throw new DidNotHold(`done, although it had to be refused with ${codes.join(' or ')}`);
}
