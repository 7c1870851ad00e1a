import { WardError } from '@ward/protocol';

/**
 * Code with which `work` refuses; undefined when it does not refuse. Any other error is a bug and
 * goes on.
 *
 * @example expect(codeOf(() => decodeCbor(bytes))).toBe('CBOR_TRAILING');
 */
export function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return codeOfError(error);
  }
}

/** {@link codeOf} for work that is waited for. */
export async function codeOfAsync(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return codeOfError(error);
  }
}

function codeOfError(error: unknown): string {
  if (error instanceof WardError) return error.code;
  throw error;
}
