import * as z from 'zod';
import { MAX_LIST } from './limits.ts';
import { DNS_LABEL, HOSTNAME_RULE, isHostname, isImageReference, PROVIDER_NAME, VOLUME_PATH } from './names.ts';
import { readRecordedSpec } from './recorded-spec.ts';

const MAX_CONTAINERS = 10;
const MAX_LABELS = 40;
const MIN_CPU_MILLICORES = 128;
const MIN_MEMORY_MB = 128;

/** A required text. A missing or empty one is reported as `… required`. */
function text(name: string, maxLength = 1024) {
  const required = `${name} required`;
  return z
    .string({
      error: (issue) => (issue.input === undefined || issue.input === null ? required : `${name} must be a string`),
    })
    .min(1, { error: required, abort: true })
    .max(maxLength, { error: `${name} must be at most ${maxLength} characters`, abort: true });
}

function dnsLabel(name: string) {
  return text(name, 63).regex(
    DNS_LABEL,
    `${name} must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit`,
  );
}

function integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const error = `${name} must be an integer ${range}`;
  return z.int({ error, abort: true }).min(min, error).max(max, error);
}

/** An amount with a minimum. A missing one counts as zero. */
function amount(name: string, min: number, unit: string) {
  const tooSmall = `${name} must be at least ${min} ${unit}`;
  return z
    .int({
      abort: true,
      error: ({ input = 0 }) =>
        input === null || (typeof input === 'number' && input < min)
          ? tooSmall
          : `${name} must be a whole number of ${unit}`,
    })
    .min(min, tooSmall);
}

function list<T extends z.ZodType>(name: string, item: T, maxLength = MAX_LIST) {
  return z.array(item, `${name} must be a list`).max(maxLength, `${name} must have at most ${maxLength} entries`);
}

const EnvName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,254}$/,
    'env names must be letters, digits and underscores, not beginning with a digit',
  );
const anyText = z.string().max(32 * 1024);

/** The resources of a tenant or of one container. Containers without their own share the tenant's. */
export const Resources = z.strictObject(
  {
    cpu: amount('cpu', MIN_CPU_MILLICORES, 'millicores').describe('CPU in millicores; 1000 is one core'),
    memory: amount('memory', MIN_MEMORY_MB, 'MB').describe('Memory in MB'),
    storage: integer('storage', 0).optional().describe('Ephemeral storage in MB'),
  },
  { error: (issue) => (issue.input == null ? 'resources required' : undefined) },
);
export type Resources = z.infer<typeof Resources>;

export const PortMapping = z.strictObject({
  container_port: integer('container_port', 1, 65535).describe('The port that the container listens on'),
  host_port: integer('host_port', 0, 65535)
    .optional()
    .describe('The port to publish it on. If 0 or absent, the provider chooses one'),
  protocol: z.enum(['tcp', 'udp'], 'protocol must be tcp or udp').default('tcp').describe('The transport protocol'),
  name: dnsLabel('port name').optional().describe('Tells ports of one container apart, in endpoints and variables'),
});
export type PortMapping = z.infer<typeof PortMapping>;

export const HealthCheck = z.strictObject({
  type: z
    .enum(['http', 'tcp', 'exec'], 'health check type must be http, tcp or exec')
    .describe('A GET request, a connection, or a command in the container'),
  http_path: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,1023}$/, 'http_path must begin with / and have no spaces')
    .optional()
    .describe('For http: the path to GET; 2xx and 3xx are healthy. Default /'),
  port: integer('health check port', 1, 65535)
    .optional()
    .describe('For http and tcp: the container port. Default: the first port of the container'),
  command: list('health check command', anyText)
    .min(1, 'health check command required')
    .optional()
    .describe('For exec: the command; exit code 0 is healthy'),
  interval_seconds: integer('interval_seconds', 5, 3600).default(10).describe('Time from one check to the next'),
  timeout_seconds: integer('timeout_seconds', 1, 3600)
    .default(4)
    .describe('Time after which a check has failed; less than interval_seconds'),
  healthy_threshold: integer('healthy_threshold', 1, 100)
    .default(1)
    .describe('Successes in a row that make it healthy'),
  unhealthy_threshold: integer('unhealthy_threshold', 1, 100)
    .default(3)
    .describe('Failures in a row that make it unhealthy'),
});
export type HealthCheck = z.infer<typeof HealthCheck>;

export const VolumeMount = z.strictObject({
  name: dnsLabel('volume name').describe('The volume of the tenant. Containers that name the same one share its data'),
  path: text('volume path', 512)
    .regex(VOLUME_PATH, 'volume path must be absolute, such as /data, without . or .. and without : or ,')
    .describe('Where the container finds it'),
  read_only: z
    .boolean('read_only must be true or false')
    .optional()
    .describe('Whether the container may only read it. Default false'),
});
export type VolumeMount = z.infer<typeof VolumeMount>;

/** Settings of a volume that containers mount. A volume needs no entry here. */
export const VolumeSettings = z.strictObject({
  name: dnsLabel('volume name').describe('A volume that a container mounts'),
  retain: z
    .boolean('retain must be true or false')
    .optional()
    .describe('Whether a destroy keeps the volume for a later tenant of the same id. Default false'),
});
export type VolumeSettings = z.infer<typeof VolumeSettings>;

export const ContainerSpec = z.strictObject({
  name: dnsLabel('container name').describe('Names the container in logs and statuses; unique in the tenant'),
  image: text('image', 512)
    .refine(isImageReference, 'image must be a valid image reference')
    .describe('An image reference: [domain/]path[:tag][@digest]'),
  command: list('command', anyText).optional().describe('Replaces the entrypoint of the image'),
  args: list('args', anyText).optional().describe('Arguments of the command, or of the entrypoint of the image'),
  env: z
    .record(EnvName, z.string('env values must be strings'), 'env must be a map of strings')
    .optional()
    .describe('Environment variables. Never shown again; for secrets use secrets')
    .meta({ examples: [{ LOG_LEVEL: 'info' }] }),
  ports: list('ports', PortMapping, 64).optional().describe('Ports that the container listens on'),
  volumes: list('volumes', VolumeMount, 16)
    .optional()
    .describe('Volumes of the tenant. Their data survives every version and ends with the tenant'),
  health_check: HealthCheck.optional().describe(
    'How the provider tests the container. Without one, a container that runs counts as ready',
  ),
  resources: Resources.optional().describe('The part of the tenant’s resources that is reserved for this container'),
  run: z
    .enum(['always', 'once'], 'run must be always or once')
    .optional()
    .describe(
      'once: runs to its end once for each version, before all containers that run always, and fails the version ' +
        'unless it ends with code 0. Default always',
    ),
  after: list('after', dnsLabel('container name'), MAX_CONTAINERS)
    .optional()
    .describe(
      'Names of containers that this one starts after: those that run once have ended with code 0, and the others are ' +
        'healthy, or run where they have no health check',
    ),
});
export type ContainerSpec = z.infer<typeof ContainerSpec>;

/** A reference to a secret, which the provider resolves. Never a value. */
export const SecretReference = z.strictObject({
  name: dnsLabel('secret name').describe('Names the reference; unique in the tenant'),
  source: dnsLabel('secret source').describe(
    'The store that the provider reads, such as aws-secrets-manager, aws-ssm or file',
  ),
  key: text('secret key', 2048).describe('Where the store has it: a name, a path or an ARN'),
  env_var: EnvName.describe('The environment variable of the containers that holds the value'),
});
export type SecretReference = z.infer<typeof SecretReference>;

export const Networking = z.strictObject({
  public_ip: z
    .boolean('public_ip must be true or false')
    .optional()
    .describe('Whether the tenant gets an address on the internet'),
  security_groups: list('security_groups', text('security group', 255), 16)
    .optional()
    .describe('Security groups of the tenant, on backends that have them'),
  subnets: list('subnets', text('subnet', 255), 16)
    .optional()
    .describe('Subnets of the tenant, on backends that have them'),
  hostname: text('hostname', 253)
    .refine(isHostname, HOSTNAME_RULE)
    .optional()
    .describe('The DNS name under which the tenant is reached, such as shop.example.com. No two tenants share one'),
});
export type Networking = z.infer<typeof Networking>;

/**
 * Matches every character except the ASCII characters that the rule refuses. Published schemas use it instead of `\p{…}`,
 * which many validators lack: https://json-schema.org/understanding-json-schema/reference/regular_expressions
 */
const REFUSED_ASCII = '[^\\u0000-\\u001f!-*,;<>?\\[-^`{-\\u007f]';

const LabelKey = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'label keys must be 1 to 128 letters, digits, and . _ / -');
const LabelValue = z
  .string('label values must be strings')
  .regex(
    /^[\p{L}\p{N}\p{Zs}_.:/=+@-]{0,255}$/u,
    'label values must be at most 255 letters, digits, spaces, and _ . : / = + - @',
  )
  .meta({ pattern: `^${REFUSED_ASCII}{0,255}$` });

export const Labels = z
  .record(LabelKey, LabelValue, 'labels must be a map of strings')
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `labels must have at most ${MAX_LABELS} entries`)
  .meta({ maxProperties: MAX_LABELS, examples: [{ plan: 'pro' }] });

export const TenantId = dnsLabel('tenant_id').describe('The id of the tenant. It cannot change');
export const ProviderName = text('provider_type', 63)
  .regex(
    PROVIDER_NAME,
    'provider_type must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen',
  )
  .describe('The name of the provider that runs the tenant. It cannot change');

/**
 * The specification of a tenant: the one shape that HTTP, events, the store and the providers share. Users write it, so
 * unknown fields are refused. `validateComputeSpec` also checks the rules that this schema cannot express.
 */
export const TenantComputeSpec = z.strictObject(
  {
    tenant_id: TenantId,
    provider_type: ProviderName,
    containers: z
      .array(ContainerSpec, {
        error: (issue) => (issue.input == null ? 'at least one container required' : 'containers must be a list'),
      })
      .min(1, 'at least one container required')
      .max(MAX_CONTAINERS, `at most ${MAX_CONTAINERS} containers allowed`)
      .describe('What runs, together and in one version'),
    resources: Resources.describe('The resources that all containers share'),
    networking: Networking.optional().describe('How the tenant is connected. Providers warn of what they ignore'),
    secrets: list('secrets', SecretReference, 64)
      .optional()
      .describe('References to secrets, which the provider resolves. Never values'),
    volumes: list('volumes', VolumeSettings, 32)
      .optional()
      .describe('Settings of volumes, such as whether a destroy keeps them'),
    labels: Labels.optional().describe('For selection and billing'),
    provider_config: z
      .record(z.string(), z.unknown(), 'provider_config must be an object')
      .optional()
      .describe('Settings of the provider. Its own schema validates them after its defaults are merged in'),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'specification must be an object' : undefined) },
);
export type TenantComputeSpec = z.infer<typeof TenantComputeSpec>;

/** A specification in the records of a provider, which an earlier version may have written. */
export const RecordedSpec = z.preprocess((input) => readRecordedSpec(input as object), TenantComputeSpec);
