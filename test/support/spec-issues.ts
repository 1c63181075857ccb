import { InvalidSpecError, type Issue } from '../../src/compute/errors.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';

/** Returns the issues of a specification; none if it is valid. Rethrows errors other than `InvalidSpecError`. */
export function issuesOf(input: unknown): readonly Issue[] {
  try {
    validateComputeSpec(input);
    return [];
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
}
