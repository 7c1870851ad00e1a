import { MS_PER_SECOND, type Seconds } from '@ward/protocol';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

/** How far the own clock may be from others': half of what a custodian still believes. */
const SECONDS_MAX = 10;

/**
 * The clock agrees with those of other nodes, the most of whom are taken to be right, and is not
 * behind the ledger.
 */
export function findWrongClock(
  { clock }: Pick<ExaminedHome, 'clock'>,
  storedTime: Seconds | undefined,
  answers: readonly NodeAnswer[],
): Finding[] {
  const now = clock.nowMs() / MS_PER_SECOND;
  const told = answers.flatMap((answer) => answer.clock ?? []).sort((a, b) => a - b);
  const median = told[told.length >> 1];
  const times = answers.flatMap(({ newest }) => newest?.header.time.seconds ?? []);
  const ledger = Math.max(storedTime ?? 0, ...times.sort((a, b) => a - b).slice(0, 1));
  const behind = ledger - now;
  const apart = median === undefined ? 0 : now - median;
  if (behind > SECONDS_MAX) return [finding(`${Math.round(behind)} s behind the newest block`)];
  if (Math.abs(apart) <= SECONDS_MAX) return [];
  const side = apart > 0 ? 'ahead of' : 'behind';
  return [finding(`${Math.round(Math.abs(apart))} s ${side} those of the other nodes`)];
}

function finding(where: string): Finding {
  return {
    fault: 'wrong-clock',
    what: `The clock of this machine is ${where}.`,
    why: 'Votes carry a time, and openings and consents end by the clock: a wrong one is refused.',
    next:
      'Let the machine keep time, as with systemctl enable --now systemd-timesyncd, and wait ' +
      'until timedatectl says that it is synchronised.',
  };
}
