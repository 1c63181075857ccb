import type { TenantComputeSpec } from '../../client/types.ts';
import { CommandError } from '../command-error.ts';
import type { Imported, ImportOptions } from '../import/imported.ts';
import type { Document, Locate } from './document.ts';
import type { Variables } from './env-files.ts';
import { type Finding, FindingsError, toFinding } from './finding.ts';
import { parseDocuments } from './parse-documents.ts';
import { readSources } from './read-files.ts';

/** A specification and the document that contains it. */
export interface LoadedSpec {
  document: Document;
  spec: TenantComputeSpec;
  /** For an imported file: its format, the files with its variables, and the parts that were not imported. */
  imported?: Pick<Imported, 'format' | 'lost'> & Pick<Variables, 'files'>;
  /** Returns the position in the file of a pointer into the specification. */
  locate: Locate;
}

export interface LoadOptions extends Pick<ImportOptions, 'tenant' | 'provider'> {
  /** `--profile`, for Compose files. */
  profile?: string | readonly string[] | undefined;
  /** `--env-file`, for Compose files. */
  envFile?: readonly string[] | undefined;
  /** Selects tenants with these labels. */
  selector?: Readonly<Record<string, string>>;
}

/**
 * Reads and validates the specifications that `-f` names, in order, without a control plane.
 * Throws `FindingsError` with all mistakes of all files.
 */
export async function loadSpecs(
  paths: readonly string[],
  stdin: NodeJS.ReadableStream,
  { selector = {}, ...options }: LoadOptions = {},
): Promise<LoadedSpec[]> {
  const sources = await readSources(paths, stdin);
  const read = sources.map(parseDocuments);
  const findings = read.flatMap((each) => each.findings);
  const specs: LoadedSpec[] = [];
  for (const document of read.flatMap(({ documents }) => documents)) {
    const result = await readSpec(document, options);
    if (Array.isArray(result)) findings.push(...result);
    else specs.push(result);
  }
  findings.push(...repeatedTenants(specs));
  if (findings.length > 0)
    throw new FindingsError(
      inOrder(
        findings,
        sources.map(({ name }) => name),
      ),
    );
  if (specs.length === 0) {
    throw new CommandError(`${paths.join(', ')}: no specification found`, 'berth explain lists the fields of one.');
  }
  checkChoices(specs, options);
  const selected = specs.filter(({ spec }) =>
    Object.entries(selector).every(([key, value]) => spec.labels?.[key] === value),
  );
  if (selected.length > 0) return selected;
  throw new CommandError(`none of the ${specs.length} specifications matches --selector`);
}

/** Refuses options that have no effect on any of the files. */
function checkChoices(specs: readonly LoadedSpec[], { profile, envFile = [] }: LoadOptions): void {
  if (specs.some(({ imported }) => imported?.format === 'Compose')) return;
  const [unused] = [envFile.length > 0 && '--env-file', profile !== undefined && '--profile'].filter(Boolean);
  if (unused) throw new CommandError(`${unused} is for Compose files, and --file names none`);
}

async function readSpec(document: Document, options: LoadOptions): Promise<LoadedSpec | Finding[]> {
  const { recogniseFormat, importDocument } = await import('../import/import-document.ts');
  const format = recogniseFormat(document.value);
  const variables = format === 'Compose' ? await readVariables(document, options) : undefined;
  const profiles = [options.profile ?? []].flat();
  const imported = format && importDocument(format, document.asWritten(), { ...options, profiles, source: variables });
  const { value, locate }: { value: unknown; locate: Locate } = imported
    ? { value: imported.spec, locate: (pointer, part) => document.locate(imported.origin(pointer), part) }
    : { value: withChoices(document.value, options), locate: document.locate };
  if (imported && imported.refused.length > 0) {
    return imported.refused.map((issue) => toFinding(issue, document, document.locate));
  }
  const { validateComputeSpec } = await import('../../compute/spec/validate.ts');
  const { InvalidSpecError } = await import('../../compute/errors.ts');
  try {
    const spec = validateComputeSpec(value) as TenantComputeSpec;
    const { files = [] } = variables ?? {};
    return { document, spec, locate, ...(imported && { imported: { ...imported, files } }) };
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    const { explainIssue } = await import('./explain-issue.ts');
    const issues = await Promise.all(error.issues.map((issue) => explainIssue(issue, valueAt(value, issue.pointer))));
    return issues.map((issue) => toFinding(issue, document, locate));
  }
}

async function readVariables({ source }: Document, { envFile = [] }: LoadOptions): Promise<Variables> {
  const { openVariables } = await import('./env-files.ts');
  return openVariables(source.folder, envFile);
}

function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const segment of pointer.split('/').slice(1)) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[segment] : undefined;
  }
  return value;
}

/** Applies `--tenant` and `--provider`, which override the file. Leaves out `$schema`, which is for editors. */
function withChoices(value: unknown, { tenant, provider }: LoadOptions): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { $schema, ...fields } = value as Record<string, unknown>;
  return {
    ...fields,
    // Anything but a text is no reference to a schema, and is reported as an unknown field.
    ...($schema !== undefined && typeof $schema !== 'string' && { $schema }),
    ...(tenant !== undefined && { tenant_id: tenant }),
    ...(provider !== undefined && { provider_type: provider }),
  };
}

/** Returns a finding for each tenant that is specified more than once. */
function repeatedTenants(specs: readonly LoadedSpec[]): Finding[] {
  const first = new Map<string, LoadedSpec>();
  return specs.flatMap((loaded) => {
    const { document, spec, locate } = loaded;
    const earlier = first.get(spec.tenant_id);
    if (!earlier) {
      first.set(spec.tenant_id, loaded);
      return [];
    }
    const where = `${earlier.document.source.name}:${earlier.locate('/tenant_id').line}`;
    const message = `tenant ${spec.tenant_id} is specified twice; first at ${where}`;
    return [{ source: document.source, position: locate('/tenant_id'), message, hidden: document.hidden }];
  });
}

function inOrder(findings: readonly Finding[], names: readonly string[]): Finding[] {
  const place = ({ source }: Finding) => names.indexOf(source.name);
  return findings.toSorted((a, b) => place(a) - place(b) || a.position.offset - b.position.offset);
}
