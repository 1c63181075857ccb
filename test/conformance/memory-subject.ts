import * as z from 'zod';
import { InvalidSpecError } from '../../src/compute/errors.ts';
import { registryIssues } from '../../src/compute/image-registries.ts';
import { firstWithin, fitText, lastWithin, readCursor, shareOf, writeCursor } from '../../src/compute/log-page.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { hiddenInLogs, redactor } from '../../src/compute/spec/redact.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { createMemoryBackend, type MemoryBackend } from '../../src/providers/memory/backend.ts';
import { MemoryConfig } from '../../src/providers/memory/config.ts';
import { observe, resourceName } from '../../src/providers/memory/mapping.ts';
import { createMemoryProvider } from '../../src/providers/memory/provider.ts';
import { volumeName } from '../../src/providers/memory/volumes.ts';
import { memoryPrograms, withPrograms } from './memory-programs.ts';
import type { SpecOptions, Subject } from './provider-suite.ts';

const name = 'memory';

/** The state that all instances of one trial share. */
export interface MemoryState {
  backend: MemoryBackend;
  /** The memory of saboteurs, which keep state that the contract forbids. */
  memo: Map<string, unknown>;
}

export interface MemorySubjectOptions {
  /** How long a rollout takes after the call returned in_progress. Default 0: everything is done at once. */
  inProgressMs?: number;
  /** How a failing specification fails: the status reports it later, or the call throws. Default later. */
  failure?: 'later' | 'thrown';
  /** Creates the backend of one trial, and the function that removes it. */
  open?: () => { backend: MemoryBackend; remove: () => void };
  /** Adds logs and the setting `allowed_registries`, which the memory provider does not have. */
  isComplete?: boolean;
  /** Wraps each instance before the suite uses it. */
  wrap?: (honest: Provider, state: MemoryState) => Provider;
  timeout?: number;
}

/** Returns the memory provider as a subject of the suite. */
export function memorySubject(options: MemorySubjectOptions = {}): Subject {
  const { inProgressMs = 0, failure = 'later', open = openMemory, isComplete = false } = options;
  const { wrap = (honest) => honest, timeout = 2000 } = options;
  const faults: Record<string, string> =
    failure === 'later' ? { rollout: 'unhealthy' } : { provision: 'failed', update: 'failed' };
  return {
    timeout,
    ...(!isComplete && { without: { write: 'containers of the memory provider are records and write nothing' } }),
    async create() {
      const { backend, remove } = open();
      const state: MemoryState = { backend, memo: new Map() };
      const written: WrittenLine[] = [];
      const recordOf = (tenantId: string) => backend.records.get(resourceName(name, tenantId));
      const servingOf = (tenantId: string) => observe(recordOf(tenantId), Date.now()).serving;
      return {
        async fresh({ name: given = name, allowedRegistries, approval } = {}) {
          const waiting = approval && { approval_ms: 3_600_000 };
          const defaults = { in_progress_ms: inProgressMs, stop_ms: inProgressMs, ...waiting };
          const provider = createMemoryProvider({ name: given, backend, defaults });
          const complete = () =>
            withPrograms(withRegistries(withLogs(provider, servingOf, written), allowedRegistries), servingOf);
          return wrap(isComplete ? complete() : provider, state);
        },
        spec: (of) => specOf(of, {}),
        failingSpec: (of) => specOf(of, { faults }),
        stuckSpec: (of) => specOf(of, { in_progress_ms: 3_600_000 }),
        once: {
          spec: ({ end, ...of }) => withSetup(specOf(of, onceSettings[end])),
          runs: async (tenantId) => recordOf(tenantId)?.once_runs ?? 0,
        },
        hangingSpec: (of) => specOf(of, { latency_ms: 3_600_000 }),
        inventory: async () => [
          ...[...backend.records.keys()].flatMap((key) =>
            backend.records.get(key)?.unremoved ? [key, `${key}, the version before`] : [key],
          ),
          ...backend.volumes.keys(),
        ],
        async mortal(at) {
          // Each operation is one change of the backend, so a process can be killed at its first one only.
          const faults = { provision: lost, update: 'between_versions', destroy: lost, stop: lost };
          const defaults = { in_progress_ms: inProgressMs, stop_ms: inProgressMs, ...(at === 1 && { faults }) };
          const provider = wrap(createMemoryProvider({ name, backend, defaults }), state);
          return { provider, died: () => at === 1 };
        },
        cleanup: async () => remove(),
        async plantForeign(tenantId) {
          backend.records.set(resourceName(name, tenantId), { labels: { owner: 'another-team' } });
        },
        labels: async (tenantId) => [recordOf(tenantId)?.labels ?? {}],
        async answers(tenantId) {
          if (recordOf(tenantId)?.stopped) return undefined;
          const image = servingOf(tenantId)?.containers[0]?.image;
          return image === undefined ? undefined : Number(image.split(':')[1]);
        },
        async identity(tenantId, container) {
          return JSON.stringify(servingOf(tenantId)?.containers.find((one) => one.name === container));
        },
        async instances(tenantId) {
          const record = recordOf(tenantId);
          const { serving, restarts } = observe(record, Date.now());
          if (!record || (record.stopped && record.stopped.ends_at <= Date.now())) return [];
          return serving?.containers.map(({ name }) => `${name} of restart ${restarts.serving}`) ?? [];
        },
        async vanish(tenantId) {
          backend.records.delete(resourceName(name, tenantId));
        },
        ...(isComplete && {
          exec: memoryPrograms,
          async write(tenantId: string, container: string, lines: readonly string[]) {
            written.push(...lines.map((text) => ({ tenantId, container, text })));
          },
        }),
        volumes: {
          async put(tenantId, volume, content) {
            const resource = volumeName(name, tenantId, volume);
            const found = backend.volumes.get(resource);
            if (found) backend.volumes.set(resource, { ...found, content });
          },
          get: async (tenantId, volume) => backend.volumes.get(volumeName(name, tenantId, volume))?.content,
          async seen(tenantId, container, { name: volume }) {
            const mounts = servingOf(tenantId)?.containers.find((one) => one.name === container)?.volumes;
            const isMounted = mounts?.some((one) => one.name === volume);
            return isMounted ? backend.volumes.get(volumeName(name, tenantId, volume))?.content : undefined;
          },
        },
        exposed: async () =>
          JSON.stringify([...backend.records.keys()].map((key) => [key, backend.records.get(key)?.labels])),
      };
    },
  };
}

const lost = 'timeout_after_effect';

function openMemory() {
  return { backend: createMemoryBackend(), remove: () => undefined };
}

function specOf({ tenantId, version = 1, labels, canary }: SpecOptions, settings: object): TenantComputeSpec {
  const env = canary === undefined ? {} : { env: { SECRET: canary } };
  return {
    tenant_id: tenantId,
    provider_type: name,
    containers: [
      { name: 'web', image: `app:${version}`, ports: [{ container_port: 8080, protocol: 'tcp' }], ...env },
      { name: 'worker', image: 'worker:1', ...env },
    ],
    resources: { cpu: 256, memory: 256 },
    ...(labels && { labels }),
    provider_config: { ...settings },
  };
}

const onceSettings = {
  success: {},
  failure: { faults: { rollout: 'once_failed' } },
  never: { in_progress_ms: 3_600_000 },
};

function withSetup(spec: TenantComputeSpec): TenantComputeSpec {
  return { ...spec, containers: [...spec.containers, { name: 'setup', image: 'setup:1', run: 'once' }] };
}

/** Returns a plain object that delegates every call to the provider. */
export function delegateTo(provider: Provider): Provider {
  const { name, capabilities, configSchema, configDefaults } = provider;
  const listAfter = provider.listAfter?.bind(provider);
  const fingerprints = provider.fingerprints?.bind(provider);
  const place = provider.place?.bind(provider);
  const stop = provider.stop?.bind(provider);
  const approve = provider.approve?.bind(provider);
  const glance = provider.glance?.bind(provider);
  const logs = provider.logs?.bind(provider);
  const exec = provider.exec?.bind(provider);
  return {
    name,
    capabilities,
    configSchema,
    configDefaults,
    provision: (spec, call) => provider.provision(spec, call),
    update: (tenantId, spec, call) => provider.update(tenantId, spec, call),
    destroy: (tenantId, call) => provider.destroy(tenantId, call),
    getStatus: (tenantId, call) => provider.getStatus(tenantId, call),
    validate: (spec, call) => provider.validate(spec, call),
    list: (call) => provider.list(call),
    ...(listAfter && { listAfter }),
    ...(fingerprints && { fingerprints }),
    ...(place && { place }),
    ...(stop && { stop }),
    ...(approve && { approve }),
    ...(glance && { glance }),
    ...(logs && { logs }),
    ...(exec && { exec }),
  };
}

/** A line that a container of the memory provider is said to have written. */
interface WrittenLine {
  tenantId: string;
  container: string;
  text: string;
}

const Cursor = z.strictObject({ memory: z.int().min(0) });

/** Adds logs to the memory provider, so that an honest provider exists for the rules about logs. */
function withLogs(
  honest: Provider,
  servingOf: (tenantId: string) => TenantComputeSpec | undefined,
  written: readonly WrittenLine[],
): Provider {
  return {
    ...delegateTo(honest),
    capabilities: { ...honest.capabilities, logs: true },
    async logs(tenantId, query = {}) {
      await honest.getStatus(tenantId);
      const offset = query.cursor === undefined ? undefined : readCursor(query.cursor, Cursor).memory;
      const hide = redactor(servingOf(tenantId)?.containers.flatMap(({ env }) => hiddenInLogs(env)) ?? []);
      const lines = written
        .map(({ text, ...line }, index) => ({ ...line, text: fitText(hide(text)), end: index + 1 }))
        .filter((line) => line.tenantId === tenantId && line.end > (offset ?? 0))
        .filter(({ container }) => query.container === undefined || container === query.container);
      const share = shareOf(query, 1);
      const chosen = offset === undefined ? lastWithin(lines, share) : firstWithin(lines, share);
      return {
        lines: chosen.map(({ container, text }) => ({ container, text })),
        next_cursor: writeCursor({ memory: chosen.at(-1)?.end ?? offset ?? lines.at(-1)?.end ?? 0 }),
      };
    },
  };
}

/** Adds `allowed_registries` to the memory provider, so that an honest provider exists for the rule about it. */
function withRegistries(honest: Provider, allowed: readonly string[] | undefined): Provider {
  const check = (spec: TenantComputeSpec) => {
    const issues = registryIssues(spec.containers, allowed);
    if (issues.length > 0) throw new InvalidSpecError(issues);
  };
  const allowed_registries = z
    .array(z.string())
    .optional()
    .describe('Registries that images may come from. Operator only');
  return {
    ...honest,
    configSchema: MemoryConfig.extend({ allowed_registries }),
    async validate(spec, call) {
      const answer = await honest.validate(spec, call); // refuses a specification that carries the setting
      check(spec);
      return answer;
    },
    async provision(spec, call) {
      check(spec);
      return honest.provision(spec, call);
    },
    async update(tenantId, spec, call) {
      check(spec);
      return honest.update(tenantId, spec, call);
    },
  };
}
