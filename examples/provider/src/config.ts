import * as z from 'zod';

const seconds = (name: string, least: number, most: number) =>
  z.int(`${name} must be a whole number of seconds`).min(least).max(most);
const name = (pattern: RegExp, message: string) => z.string(message).regex(pattern, message);

/** Settings that a specification may override in `provider_config`. */
const tenantSettings = {
  start_timeout_seconds: seconds('start_timeout_seconds', 5, 86_400)
    .default(300)
    .describe(
      'Time that a placed container has to get healthy. A version that waits twice as long for a node fails too',
    ),
  settle_seconds: seconds('settle_seconds', 0, 3600)
    .default(10)
    .describe('How long a container has to stay healthy before it counts as ready'),
};

/** Settings that concern more than one tenant. A specification that contains one of them is refused. */
const operatorSettings = {
  address: z
    .url({ protocol: /^https?$/, error: 'address must be a URL such as https://nomad.example.com:4646' })
    .prefault(() => process.env.NOMAD_ADDR ?? 'http://127.0.0.1:4646')
    .describe('Operator only. The HTTP API of Nomad. Default: NOMAD_ADDR, or the agent of this machine'),
  ca_file: z
    .string()
    .min(1)
    .optional()
    .describe('Operator only. PEM file of the CA that signed the certificate of Nomad'),
  token_env: name(/^[A-Z_][A-Z0-9_]*$/, 'token_env must be the name of an environment variable, not a token')
    .optional()
    .describe(
      'Operator only. Environment variable of the control plane that holds the ACL token. Default: NOMAD_TOKEN',
    ),
  namespace: name(/^[a-zA-Z0-9-]{1,128}$/, 'namespace must be letters, digits and hyphens')
    .default('default')
    .describe('Operator only. Namespace of the jobs; it has to exist'),
  region: z.string().min(1).optional().describe('Operator only. Region of Nomad. Default: that of the address'),
  datacenters: z.array(z.string().min(1)).min(1).default(['*']).describe('Operator only. Where tenants may run'),
  prefix: name(/^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/, 'prefix must be 1 to 20 lower-case letters, digits or hyphens')
    .default('berth')
    .describe('Operator only. First part of the ids of jobs'),
  driver: z
    .enum(['docker', 'podman'], 'driver must be docker or podman')
    .default('docker')
    .describe('Operator only. Task driver that runs the images'),
  mhz_per_core: z
    .int('mhz_per_core must be a whole number')
    .min(100)
    .max(10_000)
    .default(2000)
    .describe('Operator only. Nomad reserves MHz: what 1000 millicores are on your nodes'),
  allowed_registries: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Operator only. Registry hosts that images may come from. Default: any'),
};

export const OPERATOR_ONLY: readonly string[] = Object.keys(operatorSettings);

/** The operator's settings, overridden by `provider_config` of a specification. */
export const NomadConfig = z.strictObject({ ...tenantSettings, ...operatorSettings });
export type NomadConfig = z.output<typeof NomadConfig>;
