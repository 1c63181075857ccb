import { InvalidSpecError } from '../errors.ts';
import { toIssues } from './issues.ts';
import type { TenantComputeSpec } from './spec.ts';

/*
 * A specification is validated once, where it enters Berth. An HTTP request passes it through `Tenants` and the manager, and
 * the manager promises that no provider sees an invalid one; so what was validated is remembered, by identity, and not
 * validated again. A copy that was changed is another object: it is validated like anything that a caller passes in.
 */

/** The specifications that passed validation or come from Berth's own records. */
const validSpecs = new WeakSet<object>();

let validate: ((input: unknown) => TenantComputeSpec) | undefined;

/** Registers `validateComputeSpec` where it is imported anyway, so that `parseSpec` need not import it on demand. */
export function registerValidator(validator: (input: unknown) => TenantComputeSpec): void {
  validate = validator;
}

/**
 * Loads zod and the schema of a specification, which takes some 30 ms. Idempotent. Functions that take a specification
 * call it while Lambda initializes them.
 */
export async function loadSpecSchema(): Promise<void> {
  validate ??= (await import('./validate.ts')).validateComputeSpec;
}

/**
 * Returns a valid copy of a specification, with defaults filled in, as `validateComputeSpec` does. Does not validate again
 * what it returned before, or what `trustSpec` vouched for. Returns a promise only while the schema is not loaded.
 * Throws `InvalidSpecError` with every issue.
 */
export function parseSpec(input: unknown): TenantComputeSpec | Promise<TenantComputeSpec> {
  if (isValid(input)) return trustSpec(structuredClone(input));
  return validate ? trustSpec(validate(input)) : loadSpecSchema().then(() => parseSpec(input));
}

/** Marks a specification from Berth's own records as valid, and returns it. The caller does not change it afterwards. */
export function trustSpec(spec: TenantComputeSpec): TenantComputeSpec {
  validSpecs.add(spec);
  return spec;
}

function isValid(input: unknown): input is TenantComputeSpec {
  return typeof input === 'object' && input !== null && validSpecs.has(input);
}

/** Returns the error that says why `input`, which `isTenantId` refuses, is not a tenant id. */
export async function explainTenantId(input: unknown): Promise<InvalidSpecError> {
  const { TenantId } = await import('./spec.ts');
  const { error } = TenantId.safeParse(input);
  return new InvalidSpecError(error ? toIssues(error, ['tenant_id']) : []);
}
