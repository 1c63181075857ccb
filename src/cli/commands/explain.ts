import type { Invocation } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import { fieldAt, type Schema, type SchemaRow, toSchemaRows } from '../output/schema-rows.ts';
import type { Session } from '../session.ts';
import { bold } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';

const columns: Column<SchemaRow>[] = [
  { title: 'FIELD', value: ({ name }) => name, style: (text) => bold(text) },
  { title: 'TYPE', value: ({ type }) => type, elastic: true },
  { title: 'DEFAULT', value: ({ preset }) => preset, elastic: true },
  { title: 'DESCRIPTION', value: ({ description }) => description, elastic: true, wraps: true },
];

export async function run(session: Session, { args: [given = ''], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const isTable = options.output === 'table' || options.output === 'wide';
  const [first = '', ...rest] = segmentsOf(given);
  const spec = await explainSpec();
  const isField = first === '' || Object.hasOwn(spec.schema.properties ?? {}, first);
  const { schema, title } = isField ? at(spec, segmentsOf(given)) : at(await explainProvider(first), rest);
  if (isTable) terminal.note(title);
  await printResult(session, {
    data: schema,
    rows: toSchemaRows(schema),
    columns,
    nameOf: ({ field }) => field,
    nothing: isField ? 'It has no fields of its own.' : 'This provider has no settings.',
  });
  if (isTable) terminal.note('For JSON Schema: -o json');
  return exitCodes.done;

  async function explainProvider(name: string): Promise<Explained> {
    const client = await session.connect();
    const { data } = await client.getProvider(name, { signal });
    const settings = data.config_schema as Schema;
    // Settings of the operator are the defaults of a specification.
    const properties = Object.fromEntries(
      Object.entries(settings.properties ?? {}).map(([key, field]) => [
        key,
        Object.hasOwn(data.config_defaults, key) ? { ...field, default: data.config_defaults[key] } : field,
      ]),
    );
    return { schema: { ...settings, properties }, title: `Fields of provider_config on ${name}:` };
  }
}

interface Explained {
  schema: Schema;
  title: string;
}

/** Reads `containers[].ports` and `containers.ports`, which mean the same. */
function segmentsOf(path: string): string[] {
  return path.split('.').map((segment) => segment.replace(/\[\]$/, ''));
}

/** Returns the part of a schema that a path leads to. Throws `CommandError` for a path that leads nowhere. */
function at({ schema, title }: Explained, path: readonly string[]): Explained {
  if (path.every((segment) => segment === '')) return { schema, title };
  const field = fieldAt(schema, path);
  if ('known' in field) {
    const names = field.known.length > 0 ? `It has: ${field.known.join(', ')}.` : 'It has no fields.';
    throw new CommandError(`${field.parent || 'the schema'} has no field ${JSON.stringify(field.name)}`, names);
  }
  return { schema: field.schema, title: `${field.row.field}: ${field.row.type}\n${field.row.description}` };
}

/** Reads the schema of the specification locally, without a control plane. */
async function explainSpec(): Promise<Explained> {
  const { specJsonSchema } = await import('../../compute/spec/json-schema.ts');
  const schema = specJsonSchema() as Schema;
  return { schema, title: 'Fields of a specification, in YAML or JSON. Examples are in examples/.' };
}
