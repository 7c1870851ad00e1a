import { type DecideInput, decideKeys, type OpeningRequest } from '@ward/charts';
import { type Crypto, type Realm, type Seconds, WardError } from '@ward/protocol';
import type { DecideCase } from './decide-case.ts';
import { PERMITTED_OPENINGS } from './permitted-openings.ts';
import { REFUSED_OPENINGS } from './refused-openings.ts';
import { SampleOpening } from './sample-opening.ts';

export type { DecideCase } from './decide-case.ts';

/** Every rule of `decide`, with an input that it permits or refuses for that reason alone. */
export const DECIDE_CASES: readonly DecideCase[] = [...PERMITTED_OPENINGS, ...REFUSED_OPENINGS];

/** All that `decide` takes. */
export interface DecideArguments {
  readonly input: DecideInput;
  readonly clock: Seconds;
  readonly realm: Realm;
}

/** Builds the input of a case; everything is proved that is asked for. */
export async function arrange(one: DecideCase, crypto: Crypto): Promise<DecideArguments> {
  const opening = await SampleOpening.make(crypto, { seed: 7 });
  await one.before?.(opening);
  opening.commit();
  one.after?.(opening);
  const { realm } = opening.chart;
  const { request, clock, entriesProved } = opening;
  const asker = { account: opening.asker.account, entriesProved };
  const input = opening.input(keysOf(request, asker, realm));
  return { input: one.tamper?.(input, opening) ?? input, clock, realm };
}

function keysOf(
  request: OpeningRequest,
  asker: { account: Uint8Array; entriesProved: number },
  realm: Realm,
): Uint8Array[] {
  try {
    return decideKeys(request, asker, realm);
  } catch (error) {
    // What cannot be read has no keys; decide says so itself.
    if (error instanceof WardError) return [];
    throw error;
  }
}
