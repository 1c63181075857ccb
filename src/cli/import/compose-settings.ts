import type { Fields, Ledger, Path } from './imported.ts';
import { toSeconds } from './quantities.ts';
import { toFlag, toTexts } from './shapes.ts';

/** The settings of a provider that have a field in Compose files. They belong to the tenant, not to a container. */
const settingsOf: Readonly<Record<string, Partial<Record<Carried, string>>>> = {
  docker: { read_only: 'read_only', tmpfs: 'tmpfs', init: 'init', stop_grace_period: 'stop_grace_seconds' },
  process: { stop_grace_period: 'stop_grace_seconds' },
  ecs: { start_period: 'health_check_start_seconds' },
};
export type Carried = 'read_only' | 'tmpfs' | 'init' | 'stop_grace_period' | 'start_period';

/** Isolation that a provider gives to each container, whatever the file says. */
const isolates = new Set(['docker']);

const LONGEST: Record<'stop_grace_period' | 'start_period', number> = { stop_grace_period: 600, start_period: 300 };

interface Found {
  service: string;
  at: Path;
  value: unknown;
}

/** Collects what the services of a file say about settings of the provider. */
export interface ProviderSettings {
  add(field: Carried, found: Found): void;
  /** Returns `provider_config`, and notes what it cannot hold. */
  toConfig(services: readonly string[], ledger: Ledger): Fields;
}

export function collectSettings(provider: string): ProviderSettings {
  const found = new Map<Carried, Found[]>();
  return {
    add: (field, each) => void found.set(field, [...(found.get(field) ?? []), each]),
    toConfig(services, ledger) {
      const config: Fields = {};
      for (const [field, all] of found) {
        const setting = settingsOf[provider]?.[field];
        if (setting === undefined) for (const { at } of all) ledger.lose(at, missing(field, provider));
        else {
          const value = isDuration(field) ? longest(field, all, ledger) : common(setting, all, services, ledger);
          if (value !== undefined) config[setting] = value;
        }
      }
      return config;
    },
  };
}

function isDuration(field: Carried): field is keyof typeof LONGEST {
  return Object.hasOwn(LONGEST, field);
}

/** Returns the longest duration, which suits every container. */
function longest(field: keyof typeof LONGEST, all: readonly Found[], ledger: Ledger): number | undefined {
  const seconds = all.map(({ value }) => Number(value));
  const most = Math.min(Math.max(...seconds), LONGEST[field]);
  for (const [index, { at }] of all.entries()) {
    if (seconds[index] !== most) ledger.lose(at, `${most} s is used: one value holds for all containers of a tenant`);
  }
  return most;
}

/** Returns the value that all services share. */
function common(setting: string, all: readonly Found[], services: readonly string[], ledger: Ledger): unknown {
  const texts = new Set(all.map(({ value }) => JSON.stringify(value)));
  if (texts.size === 1 && all.length === services.length) return all[0]?.value;
  for (const { at } of all) {
    ledger.lose(at, `${setting} of provider_config holds for all containers of a tenant, and not every service has it`);
  }
  return undefined;
}

const wants: Record<Carried, string> = {
  read_only: 'a read-only root file system',
  tmpfs: 'folders in memory',
  init: 'an init process in each container',
  stop_grace_period: 'the time that a container has to stop',
  start_period: 'the time in which failing checks do not count',
};

function missing(field: Carried, provider: string): string {
  if (field === 'start_period' && (provider === 'docker' || provider === 'process')) {
    return 'failing checks do not count until start_timeout_seconds of provider_config, or the first success';
  }
  const isKnown = Object.hasOwn(settingsOf, provider) || provider === 'memory';
  return isKnown
    ? `${provider} has no setting for ${wants[field]}`
    : `Berth does not know whether ${provider} has a setting for ${wants[field]}; see berth explain ${provider}`;
}

/** Reads the fields of a service that concern settings of the provider. */
export function readSettings(
  name: string,
  service: Fields,
  at: Path,
  settings: ProviderSettings,
  ledger: Ledger,
): void {
  const add = (field: Carried, value: unknown) => settings.add(field, { service: name, at: [...at, field], value });
  if (toFlag(service.read_only)) add('read_only', true);
  const { tmpfs, stop_grace_period: grace } = service;
  if (tmpfs !== undefined && tmpfs !== null) add('tmpfs', readTmpfs(tmpfs, [...at, 'tmpfs'], ledger));
  if (grace !== undefined && grace !== null) {
    const seconds = toSeconds(grace);
    if (seconds === undefined) ledger.refuse([...at, 'stop_grace_period'], 'write a duration as 30s or 1m30s');
    else add('stop_grace_period', Math.ceil(seconds));
  }
}

function readTmpfs(value: unknown, at: Path, ledger: Ledger): string[] {
  return toTexts(Array.isArray(value) ? value : [value], at, ledger).map((entry) => {
    const [path = entry, options] = entry.split(':', 2);
    if (options !== undefined) ledger.lose(at, `the provider chooses the mount options of folders in memory`);
    return path;
  });
}

/** Notes what the provider decides about isolation: `security_opt`, `cap_drop` and `pids_limit`. Reads `init`. */
export function checkIsolation(
  name: string,
  service: Fields,
  at: Path,
  provider: string,
  settings: ProviderSettings,
  ledger: Ledger,
): void {
  const always = isolates.has(provider);
  for (const [index, option] of listOf(service.security_opt).entries()) {
    const match = /^no-new-privileges(?:[:=](true|false))?$/.exec(String(option));
    const place = [...at, 'security_opt', index];
    if (!match) ledger.refuse(place, 'it could disable the isolation between tenants');
    else if (match[1] === 'false') ledger.lose(place, `it has no effect: ${provider} decides about new privileges`);
    else if (!always) ledger.lose(place, `Berth has no setting for new privileges on ${provider}`);
  }
  if (listOf(service.cap_drop).length > 0 && !always) {
    ledger.lose([...at, 'cap_drop'], `Berth has no setting for capabilities on ${provider}`);
  }
  const init = toFlag(service.init);
  // The provider `docker` runs one unless told otherwise.
  if (init !== undefined && !(init && always))
    settings.add('init', { service: name, at: [...at, 'init'], value: init });
  const limit = service.pids_limit;
  if (limit !== undefined && limit !== null && Number(limit) > 0) {
    const owner = always ? 'the operator limits processes, by pids_limit of the provider' : undefined;
    ledger.lose([...at, 'pids_limit'], owner ?? `Berth does not limit the number of processes on ${provider}`);
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
