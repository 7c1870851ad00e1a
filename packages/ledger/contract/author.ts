import { AUTHOR_ROLE } from '@ward/protocol';
import { refuse } from '../schema/errors.ts';
import type { Signer, Signers } from './scope.ts';

/**
 * The author, signing with an officer's key: for what governs an organisation or the network.
 *
 * @throws WardError `SIGNER_ROLE`.
 */
export function officerAuthor(signers: Signers): Signer {
  const author = signers.inRole(AUTHOR_ROLE);
  if (author.keyKind !== 'officer') throw refuse('SIGNER_ROLE');
  return author;
}

/**
 * The author, signing with the key of a service or device: for the daily work. Officers' keys are
 * for governance alone.
 *
 * @throws WardError `SIGNER_ROLE`.
 */
export function workingAuthor(signers: Signers): Signer {
  const author = signers.inRole(AUTHOR_ROLE);
  if (author.keyKind === 'officer') throw refuse('SIGNER_ROLE');
  return author;
}
