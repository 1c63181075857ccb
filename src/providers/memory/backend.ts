import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ProviderFailedError } from '../../compute/errors.ts';
import { RecordedSpec } from '../../compute/spec/spec.ts';

/** The rollout of a version of a tenant. When the clock passes `ends_at`, the version serves, or has failed. */
export const MemoryRollout = z.object({
  spec: RecordedSpec,
  changes: z.array(z.string()),
  ends_at: z.number(),
  healthy: z.boolean(),
  failure: z.string().optional().describe('Why the version is not healthy. Default: no reason is known'),
  spec_hash: z.string().optional(),
  restart: z.string().optional().describe('The id of the restart that it is'),
  gate: z
    .object({ id: z.string(), since: z.number(), until: z.number() })
    .optional()
    .describe('It waits for approval, until it is given up'),
});
export type MemoryRollout = z.infer<typeof MemoryRollout>;

/** What is wrong with the version that serves, set by hand. A rollout ends it. */
export const MemoryAilment = z.object({
  is_down: z.boolean().describe('Whether its containers are down at this moment'),
  restart_count: z.int().min(0),
  message: z.string(),
});
export type MemoryAilment = z.infer<typeof MemoryAilment>;

/** A resource of the backend. Times are milliseconds since 1970. A foreign resource has labels at most. */
export const MemoryRecord = z.object({
  labels: z.record(z.string(), z.string()),
  provisioned_at: z.number().optional(),
  updated_at: z.number().optional(),
  serving: RecordedSpec.optional().describe('The version that served when the last rollout began'),
  serving_hash: z.string().optional().describe('The recorded hash of that version'),
  restart: z.string().optional().describe('The id of the restart that made the version in `serving`'),
  rollout: MemoryRollout.optional().describe('The last rollout, in progress or ended'),
  stopped: z
    .object({ spec: RecordedSpec, spec_hash: z.string().optional(), ends_at: z.number() })
    .optional()
    .describe('It was stopped: what the next start may repeat, and when nothing runs any more'),
  ailment: MemoryAilment.optional(),
  once_runs: z.int().optional().describe('How often the containers that run once were begun, in all versions'),
  unremoved: RecordedSpec.optional().describe('The version before, which an interrupted rollout did not remove'),
});
export type MemoryRecord = z.infer<typeof MemoryRecord>;

/** A volume of a tenant. It outlives the record of the tenant where it is retained. */
export const MemoryVolume = z.object({
  labels: z.record(z.string(), z.string()),
  retain: z.boolean(),
  content: z.string().optional().describe('Written by hand: nothing runs that could write'),
});
export type MemoryVolume = z.infer<typeof MemoryVolume>;

const Counters = z.record(z.string(), z.number());

/** The part of a `Map` that the backend needs. Values are replaced as a whole and never changed in place. */
export interface Shelf<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): unknown;
  delete(key: string): boolean;
  keys(): Iterable<string>;
}

/**
 * The state outside the provider, by resource name. Instances that share a backend see the same tenants. It is
 * synchronous, so all that a provider does between two `await`s is one step.
 */
export interface MemoryBackend {
  /** Identifies the backend. Default: `memory`. */
  readonly name?: string | undefined;
  readonly records: Shelf<MemoryRecord>;
  /** By resource name and the name of the volume. */
  readonly volumes: Shelf<MemoryVolume>;
  /** How often each fault was injected, by resource name and operation. */
  readonly counters: Shelf<Record<string, number>>;
}

/** Creates a backend that ends with the process. */
export function createMemoryBackend(name?: string): MemoryBackend {
  return { name, records: new Map(), volumes: new Map(), counters: new Map() };
}

/** Creates a backend with one JSON file for each record, which later processes find. One process may use it at a time. */
export function createFileBackend(directory: string): MemoryBackend {
  return {
    get name() {
      return nameOf(directory);
    },
    records: createFileShelf(join(directory, 'records'), MemoryRecord),
    volumes: createFileShelf(join(directory, 'volumes'), MemoryVolume),
    counters: createFileShelf(join(directory, 'counters'), Counters),
  };
}

/** Returns the path under which a folder was first used. A file keeps it, so the folder can be moved as a whole. */
function nameOf(directory: string): string {
  const files = createFileShelf(directory, z.string());
  const known = files.get('place');
  if (known === undefined) files.set('place', directory);
  return known ?? directory;
}

function createFileShelf<T>(directory: string, schema: z.ZodType<T>): Shelf<T> {
  const pathOf = (key: string) => join(directory, `${encodeURIComponent(key)}.json`);
  return {
    get(key) {
      const text = unlessMissing(() => readFileSync(pathOf(key), 'utf8'));
      return text === undefined ? undefined : parse(key, text, schema);
    },
    set(key, value) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      // The rename is atomic: a crash leaves the old file or the new one. Mode 0600, because specifications hold env values.
      writeFileSync(`${pathOf(key)}.new`, JSON.stringify(value), { mode: 0o600, flush: true });
      renameSync(`${pathOf(key)}.new`, pathOf(key));
    },
    delete(key) {
      const removed = unlessMissing(() => {
        rmSync(pathOf(key));
        return true;
      });
      return removed ?? false;
    },
    keys() {
      const files = unlessMissing(() => readdirSync(directory)) ?? [];
      return files.filter((file) => file.endsWith('.json')).map((file) => decodeURIComponent(file.slice(0, -5)));
    },
  };
}

function parse<T>(key: string, text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new ProviderFailedError(`the file of ${key} cannot be read; remove it from the data directory`, {
      retryable: false,
    });
  }
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
