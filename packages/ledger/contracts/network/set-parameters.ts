import { defineHandler } from '../../contract/define-contract.ts';
import { registrarAuthor } from './authors.ts';
import { refuse } from './errors.ts';
import { ParametersSet } from './events.ts';
import { SetParameters } from './messages.ts';
import type { NetworkScope } from './needs.ts';

export const setParameters = defineHandler(SetParameters, {
  check({ decideVersion: version }, scope: NetworkScope) {
    registrarAuthor(scope);
    const current = scope.state.parameters.get()?.decideVersion ?? 0;
    if (version <= current) throw refuse('PARAMETERS_VERSION', { version, current });
  },

  apply({ decideVersion, decideDigest }, { state, emit }) {
    state.parameters.put({ decideVersion, decideDigest });
    emit(ParametersSet, { decideVersion });
  },
});
