import type { WardError } from '@ward/protocol';
import type { LedgerAnswer } from './ask-ledger.ts';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedServer } from './examined-server.ts';
import type { Finding } from './finding.ts';

/** A server that runs saves what it believes every half a minute. */
const FOLLOWER_SECONDS_MAX = 300;
const NODES_NEXT =
  'See whether blocks are made (ward ledger status), and begin with ward doctor at the nodes. ' +
  'A clock that is ahead looks the same.';
const NETWORK_FILE_NEXT =
  'Take a new network.json from an organisation that you trust into this home, and move ' +
  'trusted-block out of it.';

/** What the home believes of the ledger is new, or can still lead to what is. */
export function findLedgerBehind(
  examined: ExaminedServer,
  { refusal }: LedgerAnswer,
  answers: readonly NodeAnswer[],
): Finding[] {
  return refusal === undefined
    ? findStoppedFollower(examined, answers)
    : findRefused(refusal, examined);
}

/** Nothing that nodes show is new enough, or follows any more from what is believed. */
function findRefused({ code, data }: WardError, { kind }: ExaminedServer): Finding[] {
  switch (code) {
    case 'LEDGER_STALE': {
      const what = `The newest block that nodes prove is ${data.ageSeconds} s old.`;
      return [finding(what, NODES_NEXT)];
    }
    case 'HEADER_BEHIND': {
      const { height, known } = data;
      const what = `Its nodes end at height ${height}, and the ${kind} has believed ${known}.`;
      return [finding(what, NODES_NEXT)];
    }
    case 'TRUST_EXPIRED': {
      const what = `The ${kind} was away for longer than it may trust what it believed.`;
      return [finding(what, NETWORK_FILE_NEXT)];
    }
    default:
      return [];
  }
}

/** A server that runs follows its nodes. */
function findStoppedFollower(
  { kind, isRunning, trusted }: ExaminedServer,
  answers: readonly NodeAnswer[],
): Finding[] {
  const times = answers.flatMap(({ newest }) => newest?.header.time.seconds ?? []);
  const lag = Math.max(0, ...times) - (trusted?.header.time.seconds ?? Number.POSITIVE_INFINITY);
  if (!isRunning || lag <= FOLLOWER_SECONDS_MAX) return [];
  return [
    finding(
      `The ${kind} runs, and believes nothing newer than ${lag} s before its nodes' newest block.`,
      'Read why in its log (node-not-followed, at level debug), then start it again.',
    ),
  ];
}

function finding(what: string, next: string): Finding {
  return {
    fault: 'ledger-behind',
    what,
    why: 'Nobody is let in, and nothing is opened, by a ledger that is older than a minute.',
    next,
  };
}
