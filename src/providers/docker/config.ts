import { isAbsolute } from 'node:path';
import * as z from 'zod';
import type { Capabilities } from '../../compute/capabilities/capabilities.ts';
import { REGISTRY_HOST } from '../../compute/image-registries.ts';
import { readDefaults } from '../../compute/provider-config.ts';
import { SECRET_SOURCE } from './secrets.ts';

/** Differences from `defaultCapabilities`. */
export const capabilities = {
  secret_sources: [SECRET_SOURCE],
  host_ports: true,
  logs: true,
  stop: true,
  start_order: true,
  volumes: true,
} satisfies Partial<Capabilities>;

/** Returns an error message that starts with the name of the setting. */
function named(problem: string) {
  return ({ path = [] }: { path?: readonly PropertyKey[] | undefined }) =>
    `${String(path.findLast((key) => typeof key === 'string'))} ${problem}`;
}

function seconds(min: number, max: number) {
  const error = named(`must be a number of seconds from ${min} to ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
}

function count(min: number, max: number) {
  const error = named(`must be an integer from ${min} to ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A normalized absolute path on the engine's host. */
function path() {
  return text(/^(?:\/(?!\.{0,2}(?:\/|$))[^/:,\0]{1,255}){1,32}$/, 'must be an absolute path without // . or ..');
}

/** A path on the host of Berth. */
function file() {
  const error = named('must be an absolute path');
  return z.string({ error }).max(1024, { error }).refine(isAbsolute, { error });
}

function required() {
  const error = named('required');
  return z.string({ error }).min(1, { error });
}

function flag() {
  return z.boolean({ error: named('must be true or false') });
}

function list<T extends z.ZodType>(item: T) {
  return z.array(item, { error: named('must be a list') });
}

function text(pattern: RegExp, problem: string) {
  const error = named(problem);
  return z.string({ error }).regex(pattern, { error });
}

const Capability = text(
  /^(?!ALL$|CAP_)[A-Z_]{3,32}$/,
  'must contain names such as NET_BIND_SERVICE, without CAP_. ALL is not permitted',
);
const AllowedMount = z.strictObject({ source: path(), read_only: flag().default(true) });
const Mount = z.strictObject({ ...AllowedMount.shape, target: path() });
export type Mount = z.output<typeof Mount>;
const Tls = z.strictObject({ ca_file: file(), cert_file: file(), key_file: file() });
const RegistryHost = z.string().regex(REGISTRY_HOST, 'a registry must be named by its host');
const Registry = z.strictObject({ username: required(), password_key: required() });

const tenantSettings = {
  capabilities: list(Capability)
    .max(40)
    .default([])
    .describe('Linux capabilities to keep, out of allowed_capabilities. All others are dropped'),
  read_only: flag()
    .default(false)
    .describe('Read-only root file systems. A tenant cannot unset what the operator sets'),
  init: flag()
    .default(true)
    .describe('Run an init process in each container: it passes signals on and reaps processes that ended'),
  tmpfs: list(path())
    .max(16)
    .default([])
    .describe('Folders in memory. Their content counts as memory of the container'),
  mounts: list(Mount)
    .max(16)
    .default([])
    .describe('Folders of the host: {source, target, read_only}. Sources out of allowed_mounts'),
  restart: z
    .enum(['unless-stopped', 'on-failure', 'no'], 'restart must be unless-stopped, on-failure or no')
    .default('unless-stopped')
    .describe('When the engine restarts a container that ended'),
  start_timeout_seconds: seconds(1, 3600)
    .default(120)
    .describe('Time to become ready, without image pulls. Then the rollout fails'),
  ready_wait_seconds: seconds(0, 300)
    .default(10)
    .describe('How long provision and update wait before they return in_progress'),
  settle_seconds: seconds(0, 600)
    .default(1)
    .describe('How long a container without a health check must run to be ready'),
  stop_grace_seconds: count(0, 600)
    .default(10)
    .describe('Time between SIGTERM and SIGKILL when a container is stopped'),
};

/** Settings that affect more than one tenant. A specification that contains one of them is refused. */
const operatorSettings = {
  endpoint: text(
    /^(?:unix:\/\/\/[^\s?#]{1,200}|tcp:\/\/[A-Za-z0-9.-]{1,253}:[0-9]{1,5})$/,
    'must be like unix:///var/run/docker.sock or tcp://host:2376',
  )
    .optional()
    .describe('Operator only. The Engine API. Default: DOCKER_HOST, or the local socket'),
  tls: Tls.optional().describe('Operator only. TLS files for a tcp endpoint: {ca_file, cert_file, key_file}'),
  name_prefix: text(/^[a-z0-9](?:[a-z0-9-]{0,18}[a-z0-9])?$/, 'must be 1 to 20 lower-case letters, digits or hyphens')
    .default('berth')
    .describe('Operator only. Prefix of the names of containers, networks, volumes'),
  publish_address: z
    .union([z.ipv4(), z.ipv6()], 'publish_address must be an IP address')
    .default('127.0.0.1')
    .describe('Operator only. Host address that ports bind to'),
  advertise_address: text(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name or an IP address')
    .optional()
    .describe('Operator only. Address shown in endpoints. Default: publish_address'),
  port_range: z
    .strictObject({ first: count(1024, 65535), last: count(1024, 65535) })
    .refine(({ first, last }) => last - first >= 9, 'port_range must have ten ports or more')
    .default({ first: 20000, last: 32767 })
    .describe('Operator only. Source of host ports when none is requested'),
  pids_limit: count(16, 1_000_000).default(512).describe('Operator only. Limit of processes and threads per container'),
  log_max_mb: count(1, 10_000).default(10).describe('Operator only. Size in MB at which a log is rotated'),
  log_max_files: count(1, 100).default(3).describe('Operator only. Rotated files kept per log'),
  allowed_capabilities: list(Capability).default([]).describe('Operator only. Capabilities that tenants may request'),
  allowed_mounts: list(AllowedMount)
    .default([])
    .describe('Operator only. Mountable folders: {source, read_only}. {tenant_id} is replaced'),
  secrets_directory: file().optional().describe('Operator only. Folder of secret files and registry passwords'),
  registries: z
    .record(RegistryHost, Registry)
    .default({})
    .describe('Operator only. Credentials by registry host: {username, password_key}'),
  allowed_registries: list(RegistryHost)
    .min(1, 'allowed_registries must name at least one host')
    .max(100, 'allowed_registries must name at most 100 hosts')
    .optional()
    .describe('Operator only. Registry hosts that images may come from. Default: any'),
  probe_image: z
    .string()
    .min(1)
    .max(512)
    .default('busybox:1.37')
    .describe('Operator only. Busybox image that runs http and tcp checks'),
};
export const OPERATOR_ONLY = Object.keys(operatorSettings) as (keyof typeof operatorSettings)[];

/** `provider_config` of the Docker provider: the operator's defaults, overridden by those of the tenant. */
export const DockerConfig = z.strictObject({ ...tenantSettings, ...operatorSettings });
export type DockerConfig = z.output<typeof DockerConfig>;

/** Parses the operator's defaults and fills in missing settings. Throws `InvalidProviderError` naming each mistake. */
export function parseDefaults(name: string, defaults: Record<string, unknown> = {}): DockerConfig {
  return readDefaults(name, DockerConfig, defaults);
}

/** Returns the defaults that any caller may read: those that a tenant can set, except `mounts`, which shows host paths. */
export function publicDefaults(defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hidden: ReadonlySet<string> = new Set([...OPERATOR_ONLY, 'mounts']);
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !hidden.has(key)));
}
