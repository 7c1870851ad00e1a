import { equalBytes, validatorAddress } from '@ward/protocol';
import { defineHandler } from '../../contract/define-contract.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { checkOwnValidator } from './authors.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { ValidatorChanged } from './events.ts';
import { RegisterValidator } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { hasRight } from './roles.ts';
import { validatorKeyBytes } from './validators.ts';

export const registerValidator = defineHandler(RegisterValidator, {
  check({ organisation, publicKey, signature }, scope: NetworkScope) {
    const { state, realm } = scope;
    checkOwnValidator(organisation, scope);
    if (!hasRight(state.organisations.get(organisation), 'validate')) {
      throw refuseLedger('SIGNER_ROLE');
    }
    const bytes = validatorKeyBytes(organisation, realm);
    if (!realm.crypto.ed25519.verify(signature, bytes, publicKey)) {
      throw refuse('VALIDATOR_KEY_UNPROVEN');
    }
    // Keys of the past count too: what they signed may still come up as evidence.
    if (state.validatorKeys.has(validatorAddress(publicKey, realm.crypto))) {
      throw refuse('VALIDATOR_KEY_TAKEN');
    }
  },

  apply({ organisation, publicKey }, scope) {
    const { state, realm, emit } = scope;
    const before = state.validators.get(organisation) ?? { jail: null, judgedHeight: 0 };
    state.validators.put({ ...before, publicKey }, organisation);
    state.validatorKeys.put({ organisation }, validatorAddress(publicKey, realm.crypto));
    const { approved } = state.validatorSet.get()!;
    if (approved.some((other) => equalBytes(other, organisation))) refreshValidators(scope);
    emit(ValidatorChanged, { organisation });
  },
});
