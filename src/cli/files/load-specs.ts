import type { TenantComputeSpec } from '../../client/types.ts';
import type { Issue } from '../../compute/errors.ts';
import { CommandError } from '../command-error.ts';
import type { Imported, ImportOptions } from '../import/imported.ts';
import type { Document } from './document.ts';
import { type Finding, FindingsError } from './finding.ts';
import { parseDocuments } from './parse-documents.ts';
import { readSources } from './read-files.ts';

/** A specification and the document that contains it. */
export interface LoadedSpec {
  document: Document;
  spec: TenantComputeSpec;
  /** For an imported file: its format, and the parts that were not imported. */
  imported?: Pick<Imported, 'format' | 'lost'>;
  /** Returns the position in the file of a pointer into the specification. */
  locate: Document['locate'];
}

export interface LoadOptions extends ImportOptions {
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
  const selected = specs.filter(({ spec }) =>
    Object.entries(selector).every(([key, value]) => spec.labels?.[key] === value),
  );
  if (selected.length > 0) return selected;
  throw new CommandError(`none of the ${specs.length} specifications matches --selector`);
}

async function readSpec(document: Document, options: ImportOptions): Promise<LoadedSpec | Finding[]> {
  const { importDocument } = await import('../import/import-document.ts');
  const imported = importDocument(document.value, options);
  const { value, locate } = imported
    ? { value: imported.spec, locate: (pointer: string) => document.locate(imported.origin(pointer)) }
    : { value: withChoices(document.value, options), locate: document.locate };
  const toFinding = ({ pointer, message }: Issue, find: Document['locate']): Finding => ({
    source: document.source,
    position: find(pointer),
    message,
    hidden: document.hidden,
  });
  if (imported && imported.refused.length > 0) {
    return imported.refused.map((issue) => toFinding(issue, document.locate));
  }
  const { validateComputeSpec } = await import('../../compute/spec/validate.ts');
  const { InvalidSpecError } = await import('../../compute/errors.ts');
  try {
    const spec = validateComputeSpec(value) as TenantComputeSpec;
    return { document, spec, locate, ...(imported && { imported }) };
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
    return error.issues.map((issue) => toFinding(issue, locate));
  }
}

/** Applies `--tenant` and `--provider`, which override the file. */
function withChoices(value: unknown, { tenant, provider }: ImportOptions): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return {
    ...value,
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
