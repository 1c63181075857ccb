import { dirname, isAbsolute } from 'node:path';
import * as z from 'zod';
import { readDefaults } from '../../compute/provider-config.ts';

function seconds(name: string, min: number, max: number) {
  const error = `${name} must be a number of seconds from ${min} to ${max}`;
  return z.number(error).min(min, error).max(max, error);
}

function folder(name: string) {
  return z
    .string(`${name} must be a text`)
    .max(1024, `${name} must be at most 1024 characters`)
    .refine((path) => isAbsolute(path), `${name} must be an absolute path`);
}

/** `provider_config` of the process provider: the operator's defaults, and over them what a tenant asks for. */
export const ProcessConfig = z.strictObject({
  working_directory: folder('working_directory')
    .optional()
    .describe('Where the containers run: an existing folder. Default: a folder of its own for each container'),
  path: z
    .string('path must be a text')
    .min(1, 'path must name at least one folder')
    .max(8192, 'path must be at most 8192 characters')
    .optional()
    .describe('PATH of the containers. Default: the folder of the running node, then the usual folders of the system'),
  secrets_directory: folder('secrets_directory')
    .optional()
    .describe('The folder whose files are the secrets of source "file". Only the operator can set it'),
  start_timeout_seconds: seconds('start_timeout_seconds', 0.1, 3600)
    .default(60)
    .describe('How long containers may take to be healthy before a provision or an update counts as failed'),
  ready_wait_seconds: seconds('ready_wait_seconds', 0, 60)
    .default(5)
    .describe('How long provision and update wait for that before they answer in_progress'),
  settle_seconds: seconds('settle_seconds', 0, 600)
    .default(1)
    .describe('How long a container without a health check must live to count as ready'),
  stop_grace_seconds: seconds('stop_grace_seconds', 0, 600)
    .default(10)
    .describe('Time between asking a container to end (SIGTERM) and making it (SIGKILL)'),
  restart_delay_seconds: seconds('restart_delay_seconds', 0.01, 3600)
    .default(1)
    .describe('Delay before the first restart of a container that crashed; it doubles from crash to crash'),
  max_restart_delay_seconds: seconds('max_restart_delay_seconds', 0.01, 86_400)
    .default(60)
    .describe('The longest such delay. A container that ran for as long starts again with the shortest'),
  startup_probe_interval_ms: z
    .int('startup_probe_interval_ms must be an integer')
    .min(10, 'startup_probe_interval_ms must be at least 10')
    .max(60_000, 'startup_probe_interval_ms must be at most 60000')
    .default(250)
    .describe('Time between health checks until the first one succeeds; then interval_seconds holds'),
});
export type ProcessConfig = z.infer<typeof ProcessConfig>;

/** Settings that reach beyond the tenant, so that a specification must not carry them. */
export const OPERATOR_ONLY = ['secrets_directory'] as const satisfies (keyof ProcessConfig)[];

/** Settings that name folders of this machine: they are not shown to those who ask what the defaults are. */
const NOT_SHOWN: ReadonlySet<string> = new Set<keyof ProcessConfig>(['secrets_directory', 'working_directory', 'path']);

/** The operator's defaults as given, once they hold. Throws `InvalidProviderError` naming each mistake. */
export function checkDefaults(name: string, defaults: Record<string, unknown> = {}): Record<string, unknown> {
  readDefaults(name, ProcessConfig, defaults);
  return defaults;
}

/** The part of the defaults that anyone may read. */
export function shownDefaults(defaults: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(defaults).filter(([key]) => !NOT_SHOWN.has(key)));
}

/** PATH where nobody set one. The node that runs Berth comes first, so that `node` means the same version in a container. */
export function defaultPath(): string {
  return [dirname(process.execPath), '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'].join(':');
}
