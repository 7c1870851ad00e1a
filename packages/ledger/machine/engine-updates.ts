import { compareBytes, equalBytes, type Validator } from '@ward/protocol';
import type { EngineUpdates, ValidatorUpdate } from '../contract/block-report.ts';
import { ConsensusRules } from '../contracts/network/rules.ts';
import { consensusKey, validatorSetKey } from '../contracts/network/state.ts';
import { ValidatorSet } from '../contracts/network/validators.ts';
import type { WorkingState } from './working-state.ts';

/** What the transactions so far ask of the engine: the difference between before and now. */
export function engineUpdates(state: WorkingState): EngineUpdates {
  const set = state.change(validatorSetKey);
  const consensus = state.change(consensusKey);
  return {
    validatorUpdates:
      set === undefined ? [] : difference(activeOf(set.before), activeOf(set.after)),
    consensusParameters: consensus && ConsensusRules.decode(consensus.after),
  };
}

function activeOf(bytes: Uint8Array | null): readonly Validator[] {
  return bytes === null ? [] : ValidatorSet.decode(bytes).active;
}

/** Every key whose power is another, in the order of keys. */
function difference(before: readonly Validator[], after: readonly Validator[]): ValidatorUpdate[] {
  const powerIn = (set: readonly Validator[], key: Uint8Array) =>
    set.find(({ publicKey }) => equalBytes(publicKey, key))?.power ?? 0;
  const left = before.filter(({ publicKey }) => powerIn(after, publicKey) === 0);
  const changed = after.filter(({ publicKey, power }) => powerIn(before, publicKey) !== power);
  return [
    ...left.map(({ publicKey }) => ({ publicKey, power: 0 })),
    ...changed.map(({ publicKey, power }) => ({ publicKey, power })),
  ].sort((a, b) => compareBytes(a.publicKey, b.publicKey));
}
