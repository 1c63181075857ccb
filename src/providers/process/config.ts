import { dirname, isAbsolute } from 'node:path';
import * as z from 'zod';

function seconds(name: string, min: number, max: number) {
  const error = `${name} must be a number of seconds from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error);
}

function folder(name: string) {
  return z
    .string(`${name} must be a string`)
    .max(1024, `${name} must be at most 1024 characters`)
    .refine((path) => isAbsolute(path), `${name} must be an absolute path`);
}

/** `provider_config` of the process provider: the tenant's settings over the operator's defaults. */
export const ProcessConfig = z.strictObject({
  working_directory: folder('working_directory')
    .optional()
    .describe('Existing folder to run in. Default: a folder of its own for each container'),
  path: z
    .string('path must be a string')
    .min(1, 'path must name at least one folder')
    .max(8192, 'path must be at most 8192 characters')
    .optional()
    .describe("PATH of the containers. Default: the folder of the running node, then the system's"),
  secrets_directory: folder('secrets_directory')
    .optional()
    .describe('Folder whose files are the secrets of source "file". Only the operator can set it'),
  start_timeout_seconds: seconds('start_timeout_seconds', 0.1, 3600)
    .default(60)
    .describe('Time after which a provision or an update fails if its containers are not ready'),
  ready_wait_seconds: seconds('ready_wait_seconds', 0, 60)
    .default(5)
    .describe('How long provision and update wait for that before they return in_progress'),
  settle_seconds: seconds('settle_seconds', 0, 600)
    .default(1)
    .describe('How long a container without a health check must run to count as ready'),
  stop_grace_seconds: seconds('stop_grace_seconds', 0, 600)
    .default(10)
    .describe('Time between SIGTERM and SIGKILL when a container is stopped'),
  restart_delay_seconds: seconds('restart_delay_seconds', 0.01, 3600)
    .default(1)
    .describe('Delay of the first restart after a crash; it doubles with each further crash'),
  max_restart_delay_seconds: seconds('max_restart_delay_seconds', 0.01, 86_400)
    .default(60)
    .describe('Longest such delay. A run of this length resets the delay'),
  cgroups: z
    .boolean('cgroups must be true or false')
    .default(true)
    .describe('Start each process in a cgroup, where the system allows it. Only the operator can set it'),
  exec: z
    .boolean('exec must be true or false')
    .default(false)
    .describe('Let callers with the scope admin run programs in containers. Only the operator can set it'),
  startup_probe_interval_ms: z
    .int('startup_probe_interval_ms must be an integer')
    .min(10, 'startup_probe_interval_ms must be at least 10')
    .max(60_000, 'startup_probe_interval_ms must be at most 60000')
    .default(250)
    .describe('Longest interval of checks until the first success; then interval_seconds'),
});
export type ProcessConfig = z.infer<typeof ProcessConfig>;

/** Settings that affect more than one tenant. A specification that carries them is refused. */
export const OPERATOR_ONLY = ['secrets_directory', 'cgroups', 'exec'] as const satisfies (keyof ProcessConfig)[];

/** Settings that name folders of this machine. The published defaults leave them out. */
const PRIVATE: ReadonlySet<string> = new Set<keyof ProcessConfig>(['secrets_directory', 'working_directory', 'path']);

/** Returns the part of the defaults that every caller of the API may read. */
export function shownDefaults(defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !PRIVATE.has(key)));
}

/** Returns the default PATH. The node that runs Berth comes first, so that `node` means the same version in a container. */
export function defaultPath(): string {
  return [dirname(process.execPath), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':');
}
