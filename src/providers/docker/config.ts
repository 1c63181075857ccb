import { isAbsolute } from 'node:path';
import * as z from 'zod';
import type { Capabilities } from '../../compute/capabilities.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import { REGISTRY_HOST } from '../../compute/image-registries.ts';
import { SECRET_SOURCE } from './secrets.ts';

/** What differs from the defaults of capabilities. */
export const capabilities = {
  secret_sources: [SECRET_SOURCE],
  host_ports: true,
  logs: true,
} satisfies Partial<Capabilities>;

function seconds(name: string, min: number, max: number) {
  const error = `${name} must be a number of seconds from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error);
}

function count(name: string, min: number, max: number) {
  const error = `${name} must be an integer from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

/** A path as the engine's machine has it, in the one way there is to write it. */
function path(name: string) {
  const error = `${name} must be an absolute path without //, . or .. in it`;
  return z.string(error).regex(/^(?:\/(?!\.{0,2}(?:\/|$))[^/:,\0]{1,255}){1,32}$/, error);
}

function file(name: string) {
  const error = `${name} must be an absolute path`;
  return z
    .string(error)
    .max(1024, error)
    .refine((text) => isAbsolute(text), error);
}

const Capability = z
  .string()
  .regex(
    /^(?!ALL$|CAP_)[A-Z_]{3,32}$/,
    'capabilities go by names such as NET_BIND_SERVICE, without CAP_ and without ALL',
  );

const Mount = z.strictObject({
  source: path('source'),
  target: path('target'),
  read_only: z.boolean('read_only must be true or false').default(true),
});
export type Mount = z.output<typeof Mount>;

const AllowedMount = z.strictObject({
  source: path('source'),
  read_only: z.boolean('read_only must be true or false').default(true),
});

const Tls = z.strictObject({ ca_file: file('ca_file'), cert_file: file('cert_file'), key_file: file('key_file') });

const RegistryHost = z.string().regex(REGISTRY_HOST, 'registries go by their host');

const Registry = z.strictObject({
  username: z.string('username required').min(1, 'username required'),
  password_key: z.string('password_key required').min(1, 'password_key required'),
});

/** `provider_config` of the Docker provider: the operator's defaults, and over them what a tenant asks for. */
export const DockerConfig = z.strictObject({
  capabilities: z
    .array(Capability, 'capabilities must be a list')
    .max(40)
    .default([])
    .describe(
      'Linux capabilities of the containers; all others are dropped. A tenant may name those of allowed_capabilities',
    ),
  read_only: z
    .boolean('read_only must be true or false')
    .default(false)
    .describe('Root file systems are read-only. What the operator sets to true, a tenant cannot set to false'),
  tmpfs: z
    .array(path('tmpfs'), 'tmpfs must be a list')
    .max(16)
    .default([])
    .describe('Folders in memory, which counts as the memory of the container'),
  mounts: z
    .array(Mount, 'mounts must be a list')
    .max(16)
    .default([])
    .describe('Folders of the engine’s machine: {source, target, read_only}. Each source is one of allowed_mounts'),
  restart: z
    .enum(['unless-stopped', 'on-failure', 'no'], 'restart must be unless-stopped, on-failure or no')
    .default('unless-stopped')
    .describe('When the engine starts a container again that has ended'),
  start_timeout_seconds: seconds('start_timeout_seconds', 1, 3600)
    .default(120)
    .describe(
      'How long containers may take to be ready before a provision or an update counts as failed; pulling images is not in it',
    ),
  ready_wait_seconds: seconds('ready_wait_seconds', 0, 300)
    .default(10)
    .describe('How long provision and update wait for that before they answer in_progress'),
  settle_seconds: seconds('settle_seconds', 0, 600)
    .default(1)
    .describe('How long a container without a health check must live to count as ready'),
  stop_grace_seconds: count('stop_grace_seconds', 0, 600)
    .default(10)
    .describe('Time between asking a container to end (SIGTERM) and making it (SIGKILL)'),
  endpoint: z
    .string()
    .regex(
      /^(?:unix:\/\/\/[^\s?#]{1,200}|tcp:\/\/[A-Za-z0-9.-]{1,253}:[0-9]{1,5})$/,
      'endpoint must be like unix:///var/run/docker.sock or tcp://host:2376',
    )
    .optional()
    .describe('Operator only. The Engine API. Default: DOCKER_HOST, or the socket of the machine'),
  tls: Tls.optional().describe('Operator only. Files for TLS to a tcp endpoint: {ca_file, cert_file, key_file}'),
  name_prefix: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/,
      'name_prefix must be 1 to 20 lower-case letters, digits or hyphens',
    )
    .default('berth')
    .describe('Operator only. How the names of containers, networks and volumes begin'),
  publish_address: z
    .union([z.ipv4(), z.ipv6()], 'publish_address must be an IP address')
    .default('127.0.0.1')
    .describe('Operator only. The address of the engine’s machine that ports are bound to'),
  advertise_address: z
    .string()
    .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'advertise_address must be a host name or an IP address')
    .optional()
    .describe('Operator only. The address that endpoints are told with. Default: publish_address'),
  port_range: z
    .strictObject({ first: count('first', 1024, 65535), last: count('last', 1024, 65535) })
    .refine(({ first, last }) => last - first >= 9, 'port_range must have ten ports or more')
    .default({ first: 20000, last: 32767 })
    .describe(
      'Operator only. Where host ports are taken from when none is asked for; they stay the same across restarts',
    ),
  pids_limit: count('pids_limit', 16, 1_000_000)
    .default(512)
    .describe('Operator only. The most processes and threads of a container'),
  log_max_mb: count('log_max_mb', 1, 10_000).default(10).describe('Operator only. The size at which a log is rotated'),
  log_max_files: count('log_max_files', 1, 100).default(3).describe('Operator only. How many files of a log are kept'),
  allowed_capabilities: z
    .array(Capability, 'allowed_capabilities must be a list')
    .default([])
    .describe('Operator only. The capabilities that tenants may ask for'),
  allowed_mounts: z
    .array(AllowedMount, 'allowed_mounts must be a list')
    .default([])
    .describe(
      'Operator only. The folders that tenants may mount: {source, read_only}. {tenant_id} stands for the tenant',
    ),
  secrets_directory: file('secrets_directory')
    .optional()
    .describe('Operator only. The folder whose files are the secrets of source "file" and the passwords of registries'),
  registries: z
    .record(RegistryHost, Registry)
    .default({})
    .describe(
      'Operator only. Credentials by host of the registry (docker.io for Docker Hub): {username, password_key}',
    ),
  allowed_registries: z
    .array(RegistryHost, 'allowed_registries must be a list')
    .min(1, 'allowed_registries must name at least one host')
    .max(100, 'allowed_registries must name at most 100 hosts')
    .optional()
    .describe(
      'Operator only. The hosts of the registries that images may come from (docker.io for those without a host). Default: any',
    ),
  probe_image: z
    .string()
    .min(1)
    .max(512)
    .default('busybox:1.37')
    .describe('Operator only. The image with sh, wget and nc of busybox that http and tcp health checks run in'),
});
export type DockerConfig = z.output<typeof DockerConfig>;

/** Settings that reach beyond the tenant, so that a specification must not carry them. */
export const OPERATOR_ONLY = [
  'endpoint',
  'tls',
  'name_prefix',
  'publish_address',
  'advertise_address',
  'port_range',
  'pids_limit',
  'log_max_mb',
  'log_max_files',
  'allowed_capabilities',
  'allowed_mounts',
  'secrets_directory',
  'registries',
  'allowed_registries',
  'probe_image',
] as const satisfies (keyof DockerConfig)[];

/** The operator's defaults with everything filled in. Throws `InvalidProviderError` naming each mistake. */
export function parseDefaults(name: string, defaults: Record<string, unknown> = {}): DockerConfig {
  return readDefaults(name, DockerConfig, defaults);
}

/** The part of the defaults that anyone may read: those that a tenant could set itself, but for folders of the engine’s machine. */
export function shownDefaults(defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hidden: ReadonlySet<string> = new Set([...OPERATOR_ONLY, 'mounts']);
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !hidden.has(key)));
}
