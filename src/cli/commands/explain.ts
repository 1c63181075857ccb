import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printResult } from '../output/print-result.ts';
import { type Schema, type SchemaRow, toSchemaRows } from '../output/schema-rows.ts';
import type { Session } from '../session.ts';
import { bold } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';

const columns: Column<SchemaRow>[] = [
  { title: 'FIELD', value: ({ name }) => name, style: (text) => bold(text) },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'DEFAULT', value: ({ preset }) => preset, elastic: true },
  { title: 'DESCRIPTION', value: ({ description }) => description, elastic: true, wraps: true },
];

export async function run(session: Session, { args: [provider], options }: Invocation): Promise<number> {
  const { terminal, signal } = session;
  const isTable = options.output === 'table' || options.output === 'wide';
  const { schema, title } = provider === undefined ? await explainSpec() : await explainProvider(provider);
  if (isTable) terminal.note(title);
  await printResult(session, {
    data: schema,
    rows: toSchemaRows(schema),
    columns,
    nameOf: ({ field }) => field,
    nothing: 'This provider has no settings.',
  });
  if (isTable) terminal.note('For JSON Schema: -o json');
  return exitCodes.done;

  async function explainProvider(name: string): Promise<{ schema: Schema; title: string }> {
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

/** Reads the schema of the specification locally, without a control plane. */
async function explainSpec(): Promise<{ schema: Schema; title: string }> {
  const [z, { TenantComputeSpec }] = await Promise.all([import('zod'), import('../../compute/spec/spec.ts')]);
  const schema = z.toJSONSchema(TenantComputeSpec, { io: 'input', unrepresentable: 'any' }) as Schema;
  return { schema, title: 'Fields of a specification, in YAML or JSON. Examples are in examples/.' };
}
