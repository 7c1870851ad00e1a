import { refuse } from './errors.ts';
import { ParametersSet } from './events.ts';
import type { SetParameters } from './messages.ts';
import type { NetworkScope } from './needs.ts';

/** @throws WardError `PARAMETERS_VERSION`. */
export function checkDecideRules(
  { decideVersion: version }: SetParameters,
  { state }: NetworkScope,
): void {
  const current = state.parameters.get()?.decideVersion ?? 0;
  if (version <= current) throw refuse('PARAMETERS_VERSION', { version, current });
}

export function applyDecideRules(
  { decideVersion, decideDigest }: SetParameters,
  { state, emit }: NetworkScope,
): void {
  state.parameters.put({ decideVersion, decideDigest });
  emit(ParametersSet, { decideVersion });
}
