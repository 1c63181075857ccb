import { InvalidSpecError } from '../errors.ts';
import { crossFieldIssues } from './cross-field.ts';
import { toIssues } from './issues.ts';
import { tenantComputeSpecShape } from './shapes.ts';
import type { TenantComputeSpec } from './spec.ts';

/** What `validateComputeSpec` makes of a specification that is good and usual; undefined of any other. */
export function acceptSpec(input: unknown): TenantComputeSpec | undefined {
  const accepted = tenantComputeSpecShape.accept(input);
  return accepted && crossFieldIssues(accepted).length === 0 ? accepted : undefined;
}

/** What `validateComputeSpec` makes of one that was not accepted. The schema that says what is wrong is read here. */
export async function explainSpec(input: unknown): Promise<TenantComputeSpec> {
  return (await import('./validate.ts')).parseSpec(input);
}

/** `validateComputeSpec` for those who can wait. */
export function parseSpec(input: unknown): TenantComputeSpec | Promise<TenantComputeSpec> {
  return acceptSpec(input) ?? explainSpec(input);
}

/** What is wrong with the id of a tenant, where `isTenantId` denies that it is one. */
export async function explainTenantId(input: unknown): Promise<InvalidSpecError> {
  const { TenantId } = await import('./spec.ts');
  const { error } = TenantId.safeParse(input);
  return new InvalidSpecError(error ? toIssues(error, ['tenant_id']) : []);
}
