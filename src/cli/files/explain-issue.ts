import type { Issue } from '../../compute/errors.ts';
import { closestName } from '../../compute/spec/closest-name.ts';
import { isUnknownField } from '../../compute/spec/issues.ts';
import { quantityToMegabytes, toMegabytes, toMillicores } from '../import/quantities.ts';
import { fieldAt, type Schema } from '../output/schema-rows.ts';

/** A whole number up to this is taken for cores, a larger one for a mistyped number of millicores. */
const MOST_CORES = 8;

/** Adds to an issue of a specification what its author probably meant. */
export async function explainIssue(issue: Issue, value: unknown): Promise<Issue> {
  const hint = isUnknownField(issue) ? await suggestField(issue.pointer) : suggestAmount(issue.pointer, value);
  return hint === undefined ? issue : { ...issue, message: `${issue.message}${hint}` };
}

/** Names the known field that a mistyped one is closest to. */
async function suggestField(pointer: string): Promise<string | undefined> {
  const { specJsonSchema } = await import('../../compute/spec/json-schema.ts');
  const schema = specJsonSchema() as Schema;
  const path = pointer.split('/').slice(1);
  const name = path.pop() ?? '';
  const parent = path.filter((segment) => !/^[0-9]+$/.test(segment));
  const found = parent.length === 0 ? { schema } : fieldAt(schema, parent);
  if ('known' in found) return undefined;
  const fields = found.schema.items ?? found.schema;
  const near = closestName(name, Object.keys(fields.properties ?? {}));
  return near === undefined ? undefined : `; did you mean ${near}?`;
}

/** Tells the number for an amount in another unit, such as `128Mi` or half a core. */
function suggestAmount(pointer: string, value: unknown): string | undefined {
  const [, field = ''] = /\/resources\/(cpu|memory|storage)$/.exec(pointer) ?? [];
  if (field === '' || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  if (typeof value === 'string' && /^[0-9]+$/.test(value)) return `; write ${field}: ${value}, without quotes`;
  if (field !== 'cpu') {
    const megabytes = typeof value === 'string' ? (toMegabytes(value) ?? quantityToMegabytes(value)) : undefined;
    return megabytes === undefined ? undefined : `; ${value} is ${megabytes} MB: write ${field}: ${megabytes}`;
  }
  const isCores = typeof value === 'string' || !Number.isInteger(value) || value <= MOST_CORES;
  const millicores = isCores && value !== 0 ? toMillicores(value) : undefined;
  if (millicores === undefined) return undefined;
  const verb = /m$/.test(String(value)) ? 'is' : value === 1 ? 'core is' : 'cores are';
  return `; ${value} ${verb} ${millicores} millicores: write cpu: ${millicores}`;
}
