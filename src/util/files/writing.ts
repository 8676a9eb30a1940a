/** Writes a file outside of the store: an error of the system becomes a failure with the path, and is not thrown. */
import type { Failure } from '../failure.ts';
import { fail, type Result } from '../result.ts';

/** `what` is the first sentence of the failure, without a full stop. */
export function writing<T>(path: string, what: string, write: () => Result<T>): Result<T> {
  try {
    return write();
  } catch (error) {
    const failure = cannotWrite(path, what, error);
    if (failure === undefined) throw error;
    return fail(failure);
  }
}

/** Undefined for an error that is not from the system but a bug in aib. */
function cannotWrite(path: string, what: string, error: unknown): Failure | undefined {
  if (!(error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code)))) return undefined;
  return { code: 'AIB_CANNOT_WRITE', what, where: path, got: error.message };
}
