import {
  type Agenda,
  type ConsensusRules,
  networkState,
  RELEASE,
  type Release,
  type Rules,
  refuseNetwork,
  releaseAt,
} from '@ward/ledger/schema';
import type { Height, Seconds } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';

/** By what the members of a network decide and make blocks, proved under one header. */
export interface NetworkRules {
  readonly rules: Rules;
  readonly consensus: ConsensusRules;
  /** Organisations that may vote now. */
  readonly voters: number;
  /** Since when only proposals and votes are taken; null: all is well. */
  readonly haltedSince: Seconds | null;
  /** Height of the state that this was read from. */
  readonly height: Height;
}

/** Which software executes the ledger, and what is planned. */
export interface NetworkRelease {
  /** Name of the release that executes the next height. */
  readonly current: string;
  /** What members planned for a height that is still to come. */
  readonly plan: Release['plan'];
  /** The release that this software is. */
  readonly own: string;
  readonly height: Height;
}

/** Whether the members of the network govern it; else a registrar does. */
export async function isGoverned(connection: Connection): Promise<boolean> {
  return (await connection.read(networkState.rules)) !== null;
}

/** @throws WardError `GOVERNED_BY_REGISTRAR`. */
export async function readRules(connection: Connection): Promise<NetworkRules> {
  const { rules, consensus, agenda } = networkState;
  const state = await connection.prove([rules.key(), consensus.key(), agenda.key()]);
  const own = state.record(rules.value, rules.key());
  if (own === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
  const { voters, haltedSince }: Agenda = state.record(agenda.value, agenda.key())!;
  return {
    rules: own,
    consensus: state.record(consensus.value, consensus.key())!,
    ...{ voters, haltedSince, height: state.height },
  };
}

/** @throws WardError `GOVERNED_BY_REGISTRAR`: no release is named where nobody plans another. */
export async function readRelease(connection: Connection): Promise<NetworkRelease> {
  const { release } = networkState;
  const state = await connection.prove([release.key()]);
  const record = state.record(release.value, release.key());
  if (record === null) throw refuseNetwork('GOVERNED_BY_REGISTRAR');
  const next = state.height + 1;
  const { plan } = record;
  const isAhead = plan !== null && plan.height > next;
  const current = releaseAt(record, next);
  return { current, plan: isAhead ? plan : null, own: RELEASE, height: state.height };
}
