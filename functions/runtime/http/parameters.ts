import * as z from 'zod';
import { PAGE_LINES } from '../../../src/compute/log-page.ts';
import { DNS_LABEL, PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import { TenantId } from '../../../src/compute/spec/spec.ts';
import { Phase } from '../../../src/tenants/model/tenant.ts';

const Name = z
  .string()
  .regex(PROVIDER_NAME, 'provider must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen');

const ContainerName = z.string().regex(DNS_LABEL, 'container must be the name of a container of the specification');

function wholeNumber(name: string, min: number, max: number) {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^[0-9]{1,9}$/, { error, abort: true })
    .transform(Number)
    .pipe(z.int(error).min(min, error).max(max, error));
}

/** `…/{tenant_id}` */
export const TenantPath = z.strictObject({ tenant_id: TenantId.describe('The tenant') });

/** `…/{name}` */
export const ProviderPath = z.strictObject({ name: Name.describe('The name that the provider is registered under') });

/** `…/{operation_id}`: whether there is such an operation is for the store to say. */
export const OperationPath = z.strictObject({
  operation_id: z.string().max(128, 'operation_id is too long').describe('As the header Location of a mutation says'),
});

/** `?provider=NAME`: where the tenant is. Without it, the provider on record. */
export const ProviderQuery = z.strictObject({
  provider: Name.optional().describe('Where the tenant is. Default: the provider on record'),
});

/** `?limit=`: how many at most. */
export const LimitQuery = z.strictObject({
  limit: wholeNumber('limit', 1, 100).default(50).describe('How many at most'),
});

/** `?container=&tail=&cursor=`: whose lines, and which. */
export const LogsQuery = z.strictObject({
  container: ContainerName.optional().describe('Only this container'),
  tail: wholeNumber('tail', 0, PAGE_LINES).optional().describe('At most so many lines of each container, the newest'),
  cursor: z
    .string()
    .max(4096, 'cursor is too long')
    .optional()
    .describe('The next_cursor of the answer before: only what came after it'),
});

/** `?wait=SECONDS`: answer when the operation ends, or after that time. */
export const WaitQuery = z.strictObject({
  wait: wholeNumber('wait', 0, 20).default(0).describe('Answer when the operation ends, or after so many seconds'),
});

/** `?label=k:v`, repeated for several; API Gateway joins repetitions with commas, which no label contains. */
const Label = z
  .string()
  .transform((text, context): Record<string, string> => {
    const pairs = text.split(',').map((pair) => pair.split(/:(.*)/s));
    if (pairs.every(([key, value]) => key && value !== undefined)) return Object.fromEntries(pairs);
    context.addIssue({ code: 'custom', message: 'label must be key:value' });
    return z.NEVER;
  })
  .meta({
    description: 'Only tenants with this label, written key:value; repeated, with all of them',
    type: 'array',
    items: { type: 'string', pattern: '^[^:]+:' },
  });

/** `?provider=&phase=&label=k:v&limit=&cursor=` */
export const ListQuery = z.strictObject({
  provider: Name.optional().describe('Only tenants of this provider'),
  phase: z
    .enum(Phase.options, `phase must be one of ${Phase.options.join(', ')}`)
    .optional()
    .describe('Only tenants in this phase'),
  label: Label.optional(),
  ...LimitQuery.shape,
  cursor: z.string().max(512, 'cursor is too long').optional().describe('The next_cursor of the page before'),
});

/** The body of a rollback. */
export const RollbackRequest = z.strictObject({
  revision: z.int('revision must be a number').min(1, 'revision must be at least 1'),
});

/** What an operation without parameters of a kind says of them. */
export const NoParameters = z.strictObject({});

/** What is said of parameters that nobody looks at. */
export const AnyParameters = z.looseObject({});
