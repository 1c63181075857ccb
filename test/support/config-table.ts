import * as z from 'zod';

interface Setting {
  type?: string;
  enum?: unknown[];
  items?: Setting;
  anyOf?: Setting[];
  default?: unknown;
  description?: string;
}

/** Returns the settings of a provider as a Markdown table, as its page shows them. */
export function configTable(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, Setting>;
    required?: string[];
  };
  const rows = Object.entries(properties).map(([name, setting]) => {
    const standard = 'default' in setting ? `\`${JSON.stringify(setting.default)}\`` : '';
    return [`\`${name}\``, typeOf(setting), required.includes(name) ? 'required' : standard, setting.description ?? ''];
  });
  const cells = [['setting', 'type', 'default', 'meaning'], ...rows].map(
    (row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`,
  );
  return [cells[0], '|---|---|---|---|', ...cells.slice(1)].join('\n').replaceAll('|  |', '| |');
}

/** Returns the text between the marks of the table in a page. */
export function documentedTable(page: string): string {
  return /<!-- config-table -->\n(.*?)\n<!-- \/config-table -->/s.exec(page)?.[1] ?? '';
}

function typeOf({ type, enum: values, items, anyOf }: Setting): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (type === 'array' && items) return `list of ${typeOf(items)}`;
  return type ?? anyOf?.map(typeOf).join(' or ') ?? 'any';
}
