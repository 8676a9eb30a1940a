/** Writing a file that a user can see: what the system refuses is told with the place, not thrown. */
import type { Failure } from '../failure.ts';
import { fail, type Result } from '../result.ts';

/** `what` says in a sentence without its full stop what could not be done. */
export function writing<T>(path: string, what: string, write: () => Result<T>): Result<T> {
  try {
    return write();
  } catch (error) {
    const failure = cannotWrite(path, what, error);
    if (failure === undefined) throw error;
    return fail(failure);
  }
}

/** Undefined for what is no refusal of the system, but a fault of aib. */
function cannotWrite(path: string, what: string, error: unknown): Failure | undefined {
  if (!(error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code)))) return undefined;
  return { code: 'AIB_CANNOT_WRITE', what, where: path, got: error.message };
}
