import type { RolloutPlanRequest } from '../../client/types.ts';
import type { CommandOptions } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { readSources } from '../files/read-files.ts';
import { UsageError } from '../usage-error.ts';

type Json = Record<string, unknown>;

/** Sections of a specification, which no container name can mean after `--set`. */
const SECTIONS = ['labels', 'resources', 'networking', 'provider_config'];

/**
 * Returns the request that the options describe. A file may have the whole of it; what options say counts more. The control
 * plane checks all of it.
 */
export async function readRequest(
  rolloutId: string | undefined,
  options: CommandOptions,
  stdin: NodeJS.ReadableStream,
): Promise<RolloutPlanRequest> {
  const given = options.file?.length ? await readFile(options.file, stdin) : {};
  const { selector, provider, waves, bake, budget, maxInFlight, onFailure, token, set = [] } = options;
  const select = {
    ...(given.select as Json | undefined),
    ...(selector && { labels: selector }),
    ...(provider && { provider }),
  };
  const change = set.reduce(withSetting, (given.change as Json | undefined) ?? {});
  return {
    ...given,
    ...(rolloutId !== undefined && { rollout_id: rolloutId }),
    select,
    change,
    ...wavesOf(given.waves as Json[] | undefined, waves, bake),
    ...(budget !== undefined && { failure_budget: budget }),
    ...(maxInFlight !== undefined && { max_in_flight: maxInFlight }),
    ...(onFailure !== undefined && { on_failure: onFailure }),
    ...(typeof token === 'string' && { token }),
  } as unknown as RolloutPlanRequest;
}

/** The default waves get the bake, too, so they are written out where an option gives one. */
function wavesOf(given: Json[] | undefined, sizes: string[] | undefined, bake: number | undefined): { waves?: Json[] } {
  const named = given ?? (bake === undefined ? undefined : ['1', '10%', '100%'].map((size) => ({ size })));
  const waves: Json[] | undefined = sizes?.map((size) => ({ size })) ?? named;
  if (!waves) return {};
  return {
    waves: waves.map((wave) => ({ ...wave, ...(bake !== undefined && { bake_seconds: Math.ceil(bake / 1000) }) })),
  };
}

/** Adds `web.image=app:42` or `labels.version=42` to a change. */
function withSetting(change: Json, text: string): Json {
  const [, path = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0 || rest.includes('') || first === '') {
    throw new UsageError(`--set must be CONTAINER.FIELD=VALUE, such as web.image=app:42, not ${JSON.stringify(text)}`);
  }
  const isSection = SECTIONS.includes(first);
  const keys = isSection ? [first, ...rest] : ['containers', first, ...rest];
  return withValue(change, keys, keys.includes('resources') && /^\d+$/.test(value) ? Number(value) : value);
}

function withValue(target: Json, [key = '', ...rest]: string[], value: unknown): Json {
  if (rest.length === 0) return { ...target, [key]: value };
  const inner = target[key];
  return { ...target, [key]: withValue(isObject(inner) ? inner : {}, rest, value) };
}

async function readFile(paths: string[], stdin: NodeJS.ReadableStream): Promise<Json> {
  const [source, ...more] = await readSources(paths, stdin);
  if (!source || more.length > 0) throw new CommandError('a rollout is one document', 'Name one file with -f.');
  const { parse } = await import('yaml');
  try {
    const document: unknown = parse(source.text);
    if (isObject(document)) return document;
  } catch {
    // The message of the parser quotes the file, which may hold secrets.
  }
  throw new CommandError(`${source.name}: no rollout in YAML or JSON`, 'It has rollout_id, select and change.');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
