import {
  Account,
  accountKey,
  Organisation,
  organisationKey,
  VerifiedLedger,
} from '@ward/ledger/schema';
import { hasCode, type Seconds, type TrustedBlock, WardError } from '@ward/protocol';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import { within } from '@ward/protocol/timing';
import type { ExaminedServer } from './examined-server.ts';

/** What the ledger proves of the organisation to whoever believes what a home believes. */
export interface OrganisationFacts {
  readonly account: Account | null;
  readonly organisation: Organisation | null;
  /** Time of the block under which it was proved. */
  readonly time: Seconds;
}

export interface LedgerAnswer {
  readonly facts?: OrganisationFacts;
  /** Why nothing was proved. */
  readonly refusal?: WardError;
  /** What nodes show follows from the network file, and not from the block believed last. */
  readonly isForeignTrust?: boolean;
}

/** Codes with which a block is refused that does not follow from the one that is believed. */
const RIVALS = ['HEADER_UNTRUSTED', 'HEADER_MISMATCH', 'HEADER_FORK'];

/** Has the organisation and its account proved, as the server itself would. */
export async function askLedger(examined: ExaminedServer): Promise<LedgerAnswer> {
  const { trusted } = examined;
  const answer = await prove(examined, trusted ?? undefined);
  const { refusal } = answer;
  if (refusal === undefined || !RIVALS.some((code) => hasCode(refusal, code))) return answer;
  if (trusted === null || trusted === undefined) return answer;
  const anew = await prove(examined, undefined);
  return { ...answer, isForeignTrust: anew.facts !== undefined };
}

async function prove(
  { networkFile, connect, clock, crypto, organisation, account }: ExaminedServer,
  trusted: TrustedBlock | undefined,
): Promise<LedgerAnswer> {
  const reach = (origin: string) => promptTransport(connect(origin), READ_SILENCE_MS_MAX);
  const ledger = new VerifiedLedger({
    ...{ networkFile, nodes: networkFile.nodes.map(reach), reach, clock, crypto, within },
    ...(trusted === undefined ? {} : { trusted }),
  });
  const keys = [accountKey(account), organisationKey(organisation)] as const;
  try {
    const state = await ledger.prove(keys);
    const facts = {
      account: state.record(Account, keys[0]),
      organisation: state.record(Organisation, keys[1]),
      time: state.time,
    };
    return { facts };
  } catch (refusal) {
    if (refusal instanceof WardError) return { refusal };
    throw refusal;
  }
}
