import { readdirSync, readFileSync } from 'node:fs';
import { parseEnvFile } from '../../src/cli/files/dotenv.ts';
import { parseDocuments } from '../../src/cli/files/parse-documents.ts';
import { importDocument, recogniseFormat } from '../../src/cli/import/import-document.ts';
import type { Format, Imported } from '../../src/cli/import/imported.ts';

const folder = new URL('samples/corpus/', import.meta.url);

/** A file of the corpus. Its first lines are comments: the public file that it follows, its licence, and options. */
export interface Sample {
  name: string;
  source: string;
  licence: string;
  provider: string;
  env: ReadonlyMap<string, string>;
  profiles: readonly string[];
  format: Format;
  value: unknown;
  text: string;
}

export function readCorpus(): Sample[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map(readSample);
}

function readSample(file: string): Sample {
  const text = readFileSync(new URL(file, folder), 'utf8');
  const header = (key: string) =>
    [...text.matchAll(new RegExp(`^# ${key}: (.*)$`, 'gm'))].map(([, value = '']) => value);
  const [document, ...others] = parseDocuments({ name: file, text, folder: '.' }).documents;
  const format = recogniseFormat(document?.value);
  if (!document || !format || others.length > 0) throw new Error(`${file} is not one Compose or Score file`);
  return {
    name: file.replace('.yaml', ''),
    source: header('after').join(),
    licence: header('licence').join(),
    provider: header('provider').join(),
    env: parseEnvFile(header('\\.env').join('\n')).values,
    profiles: header('profile'),
    format,
    value: document.asWritten(),
    text,
  };
}

/** Imports a sample, or a variant of it. */
export function importSample({ format, provider, env, profiles }: Sample, value: unknown): Imported {
  // `.env` is also what env_file of a service may name.
  const source = { variables: env, readEnvFile: (path: string) => (path === '.env' && env.size > 0 ? env : undefined) };
  return importDocument(format, value, { tenant: 'acme', provider, profiles, source });
}

/** Returns what becomes of each field of a sample: imported, noted or refused with the reason, or `implied`. */
export function outcomesOf(sample: Sample): Map<string, string[]> {
  const { spec, lost, refused } = importSample(sample, sample.value);
  const fields = fieldsOf(sample.value, sample.format);
  const outcomes = new Map<string, string[]>();
  const placeOf = (pointer: string) =>
    fields
      .filter((field) => pointer === field || pointer.startsWith(`${field}/`))
      .sort((a, b) => b.length - a.length)[0];
  const add = (pointer: string, outcome: string) => {
    const place = placeOf(pointer) ?? '/';
    const known = outcomes.get(place) ?? [];
    if (!known.includes(outcome)) outcomes.set(place, [...known, outcome]);
  };
  for (const field of fields) {
    outcomes.set(field, []);
    const without = importSample(sample, removed(sample.value, field.split('/').slice(1)));
    if (JSON.stringify(without.spec) !== JSON.stringify(spec)) add(field, 'imported');
  }
  for (const { pointer, message } of lost) add(pointer, `noted: ${message}`);
  for (const { pointer, message } of refused) add(pointer, `refused: ${message}`);
  for (const [field, found] of outcomes) {
    if (found.length > 0) continue;
    // A service that no profile chooses has the note of its profiles.
    if (outcomes.get(`${field}/profiles`)?.length) outcomes.set(field, ['noted: see profiles']);
  }
  for (const [field, found] of outcomes) {
    if (found.length > 0) continue;
    const parent = outcomes.get(field.slice(0, field.lastIndexOf('/')));
    // The parts of a field that has no effect share its reason.
    if (parent && !parent.includes('imported')) outcomes.delete(field);
    else outcomes.set(field, ['implied']);
  }
  return outcomes;
}

/** The levels that have outcomes: fields of a file, of its services or containers, and of their parts. */
const levels: Record<Format, readonly RegExp[]> = {
  Compose: [/^\/(?!services$)[^/]+$/, /^\/services\/[^/]+(?:\/[^/]+)?$/, /\/(?:healthcheck|deploy)(?:\/[^/]+)+$/],
  Score: [
    /^\/(?:apiVersion|x-[^/]+)$/,
    /^\/(?:metadata|resources|containers)\/[^/]+$/,
    /^\/containers\/[^/]+\/[^/]+$/,
    /^\/containers\/[^/]+\/(?:readinessProbe|livenessProbe|resources)(?:\/[^/]+)+$/,
    /^\/service\/ports\/[^/]+\/[^/]+$/,
  ],
  tenant: [],
};

function fieldsOf(value: unknown, format: Format, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const pointer = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const own = levels[format].some((level) => level.test(pointer)) ? [pointer] : [];
    return [...own, ...fieldsOf(inner, format, pointer)];
  });
}

function removed(value: unknown, [key = '', ...rest]: readonly string[]): unknown {
  const { [key]: inner, ...others } = value as Record<string, unknown>;
  return rest.length === 0 ? others : { ...(value as object), [key]: removed(inner, rest) };
}
