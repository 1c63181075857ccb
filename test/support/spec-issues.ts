import { InvalidSpecError, type Issue } from '../../src/compute/errors.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';

/** The issues of a specification: none where it is valid. Anything thrown that is not an `InvalidSpecError` is thrown on. */
export function issuesOf(input: unknown): readonly Issue[] {
  try {
    validateComputeSpec(input);
    return [];
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
}
