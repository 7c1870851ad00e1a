import { hasCode, WardError } from '@ward/protocol';

/** From this status on it is the server that failed. */
const SERVER_FAILED = 500;

/** The ledger itself is not one any more; whichever node is asked. */
export function isAlarm(error: unknown): error is WardError {
  return hasCode(error, 'HEADER_FORK') || hasCode(error, 'WITNESS_SPLIT');
}

/** The node's answer does not verify; anything else is a refusal or a failure. */
export function isLie(error: unknown): error is WardError {
  const lies = ['PROOF_INVALID', 'ANSWER_INVALID', 'HEADER_MISMATCH', 'HEADER_BEHIND'];
  lies.push('HEADER_UNTRUSTED', 'HEADER_TIME', 'PROMOTION_INVALID');
  return lies.some((code) => hasCode(error, code));
}

/** The node cannot answer now, or at all; another one may. A refusal would be the same anywhere. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof WardError)) return false;
  const { retry, status } = error.kind;
  return retry === true || status >= SERVER_FAILED || error.code === 'LEDGER_STALE';
}

/** It answers, and asks to be left alone for a while. */
export function isBusy(error: unknown): boolean {
  const isSilent = hasCode(error, 'SERVER_UNREACHABLE') || hasCode(error, 'LEDGER_STALE');
  return !isSilent && error instanceof WardError && error.kind.retry === true;
}
