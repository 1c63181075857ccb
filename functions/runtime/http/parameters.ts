import { PAGE_LINES } from '../../../src/compute/log-page.ts';
import type { Health } from '../../../src/compute/results.ts';
import { DNS_LABEL, PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import { COMMANDS, OUTCOMES, ROLLOUT_PHASES } from '../../../src/rollouts/model/rollout.ts';
import { ACTIVITY_TYPES, OPERATION_STATES } from '../../../src/tenants/model/operation-kinds.ts';
import { PHASES } from '../../../src/tenants/model/phases.ts';
import type { Parameter } from './read-parameters.ts';

/** `/v1/tenants/{tenant_id}` */
export const TenantPath = {
  tenant_id: {
    ...matching(
      DNS_LABEL,
      'tenant_id must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit',
    ),
    description: 'The tenant',
    schema: { type: 'string', minLength: 1, maxLength: 63, pattern: DNS_LABEL.source },
  },
};

/** `/v1/providers/{name}` */
export const ProviderPath = { name: providerName('The name that the provider is registered under') };

/** `/v1/operations/{operation_id}`. Any short text is accepted: the store decides whether there is such an operation. */
export const OperationPath = {
  operation_id: shortText('operation_id', 128, 'As in the header Location of a mutation'),
};

/** What callers can have done with an operation. */
export const OPERATION_ACTIONS = ['cancel', 'approve'] as const;
export type OperationAction = (typeof OPERATION_ACTIONS)[number];

/** `/v1/operations/{operation_id}/{action}` */
export const OperationActionPath = {
  ...OperationPath,
  // Another word is no action but another path, which the handler answers as such.
  action: { ...oneOf('action', OPERATION_ACTIONS, 'What to do'), read: (text: string) => text },
};

/** `/v1/orphans/{provider}/{tenant_id}` */
export const OrphanPath = { provider: providerName('The provider that holds the orphan'), ...TenantPath };

/** `/v1/rollouts/{rollout_id}` */
export const RolloutPath = {
  rollout_id: {
    ...matching(
      DNS_LABEL,
      'rollout_id must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit',
    ),
    description: 'The rollout',
    schema: { type: 'string', minLength: 1, maxLength: 63, pattern: DNS_LABEL.source },
  },
};

/** `/v1/rollouts/{rollout_id}/{command}` */
export const SteeringPath = {
  ...RolloutPath,
  // Another word is no command but another path, which the handler answers as such.
  command: { ...oneOf('command', COMMANDS, 'What to do'), read: (text: string) => text },
};

/** `/v1/rollouts/{rollout_id}/tenants/{tenant_id}` */
export const RolloutTenantPath = { ...RolloutPath, ...TenantPath };

/** `?provider=NAME&limit=N&cursor=CURSOR`. A cursor is the last orphan of a page. */
export const OrphanQuery = {
  provider: providerName('Only orphans of this provider'),
  limit: withDefault(50, wholeNumber('limit', 1, 100, 'The most entries to return')),
  cursor: {
    description: 'The next_cursor of the previous page',
    schema: { type: 'string', maxLength: 128 },
    rule: 'cursor must be the next_cursor of a page',
    read: readOrphanCursor,
  },
};

/** `?provider=NAME` */
export const ProviderQuery = { provider: providerName('Where the tenant is. Default: the provider on record') };

/** `?limit=N&cursor=CURSOR` */
export const PageQuery = {
  limit: withDefault(50, wholeNumber('limit', 1, 100, 'The most entries to return')),
  cursor: shortText('cursor', 512, 'The next_cursor of the previous page'),
};

/** `?state=STATE&type=TYPE&limit=N&cursor=CURSOR` */
export const ActivityQuery = {
  state: oneOf('state', OPERATION_STATES, 'Only operations in this state'),
  type: oneOf('type', ACTIVITY_TYPES, 'Only operations of this type; exec for sessions in containers'),
  ...PageQuery,
};

/** `?phase=PHASE&limit=N&cursor=CURSOR` */
export const RolloutListQuery = {
  phase: oneOf('phase', ROLLOUT_PHASES, 'Only rollouts in this phase'),
  ...PageQuery,
};

/** `?wave=NAME&outcome=OUTCOME&limit=N&cursor=CURSOR` */
export const RolloutTenantsQuery = {
  wave: { ...matching(DNS_LABEL, 'wave must be the name of a wave of the rollout'), description: 'Only this wave' },
  outcome: oneOf('outcome', OUTCOMES, 'Only tenants with this outcome'),
  ...PageQuery,
};

/** `?from=REVISION&to=REVISION` */
export const DiffQuery = {
  from: wholeNumber('from', 1, 999_999_999, 'The first revision. Default: the serving one, or the one before `to`'),
  to: wholeNumber('to', 1, 999_999_999, 'The second revision. Default: the desired one'),
};

/** `?container=NAME&tail=N&cursor=CURSOR` */
export const LogsQuery = {
  container: {
    ...matching(DNS_LABEL, 'container must be the name of a container of the specification'),
    description: 'Only lines of this container',
  },
  tail: wholeNumber('tail', 0, PAGE_LINES, 'The most lines to return of each container, the newest'),
  cursor: shortText('cursor', 4096, 'The next_cursor of the previous page: only later lines'),
};

/** `?wait=SECONDS` */
export const WaitQuery = {
  wait: withDefault(0, wholeNumber('wait', 0, 20, 'Answer when the operation ends, or after so many seconds')),
};

const HEALTHS: readonly Health[] = ['healthy', 'unhealthy', 'unknown'];

/** `?provider=NAME&phase=PHASE&health=HEALTH&label=KEY:VALUE&limit=N&cursor=CURSOR` */
export const ListQuery = {
  provider: providerName('Only tenants of this provider'),
  phase: oneOf('phase', PHASES, 'Only tenants in this phase'),
  health: oneOf('health', HEALTHS, 'Only tenants whose health is this, as last observed'),
  label: {
    description: 'Only tenants with this label, written key:value; repeated, with all of them',
    schema: { type: 'array', items: { type: 'string', pattern: '^[^:]+:' } },
    rule: 'label must be key:value',
    read: readLabels,
  },
  ...PageQuery,
};

function readOrphanCursor(text: string): { provider: string; tenant_id: string } | undefined {
  const [provider = '', tenant_id = '', ...more] = text.split('/');
  const isValid = more.length === 0 && PROVIDER_NAME.test(provider) && DNS_LABEL.test(tenant_id);
  return isValid ? { provider, tenant_id } : undefined;
}

/** Reads `k:v`. API Gateway joins repetitions with commas, which no label contains. */
function readLabels(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').map((pair) => pair.split(/:(.*)/s));
  return pairs.every(([key, value]) => key && value !== undefined) ? Object.fromEntries(pairs) : undefined;
}

function oneOf<Value extends string>(name: string, values: readonly Value[], description: string): Parameter<Value> {
  return {
    description,
    schema: { type: 'string', enum: values },
    rule: `${name} must be one of ${values.join(', ')}`,
    read: (text) => values.find((value) => value === text),
  };
}

function matching(pattern: RegExp, rule: string) {
  return {
    schema: { type: 'string', pattern: pattern.source },
    rule,
    read: (text: string) => (pattern.test(text) ? text : undefined),
  };
}

function providerName(description: string): Parameter<string> {
  const rule = 'provider must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen';
  return { ...matching(PROVIDER_NAME, rule), description };
}

function shortText(name: string, maxLength: number, description: string): Parameter<string> {
  return {
    description,
    schema: { type: 'string', maxLength },
    rule: `${name} is too long`,
    read: (text) => (text.length <= maxLength ? text : undefined),
  };
}

function wholeNumber(name: string, min: number, max: number, description: string): Parameter<number> {
  return {
    description,
    schema: { type: 'integer', minimum: min, maximum: max },
    rule: `${name} must be a whole number from ${min} to ${max}`,
    read(text) {
      const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

function withDefault<Value>(fallback: Value, parameter: Parameter<Value>) {
  return { ...parameter, schema: { ...parameter.schema, default: fallback }, fallback };
}
