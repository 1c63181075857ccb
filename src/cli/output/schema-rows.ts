/** The subset of JSON Schema 2020-12 that the table shows. */
export interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  $ref?: string;
}

/** A field of a schema at any depth, such as `containers[].ports[].name`. */
export interface SchemaRow {
  field: string;
  /** The last segment, indented by its depth. */
  name: string;
  type: string;
  /** `required`, or the default value. */
  preset: string;
  description: string;
}

const DEEPEST = 8;

/** Returns a row for each field of an object schema, in schema order. */
export function toSchemaRows(schema: Schema, prefix = '', depth = 0): SchemaRow[] {
  if (depth > DEEPEST) return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const row: SchemaRow = {
      field: path,
      name: '  '.repeat(depth) + name + (field.items ? '[]' : ''),
      type: typeOf(field),
      preset: presetOf(field, schema.required?.includes(name) ?? false),
      description: field.description ?? '',
    };
    return [row, ...toSchemaRows(field.items ?? field, path + (field.items ? '[].' : '.'), depth + 1)];
  });
}

/** A path that leads nowhere: `parent` has no field `name`, but those of `known`. */
interface UnknownField {
  parent: string;
  name: string;
  known: string[];
}

/** Returns the schema of the field at a path, and its row; of a list, the schema of its items. */
export function fieldAt(schema: Schema, path: readonly string[]): { schema: Schema; row: SchemaRow } | UnknownField {
  let inner = schema;
  let parent = '';
  let row: SchemaRow | undefined;
  for (const name of path) {
    row = toSchemaRows(inner, parent && `${parent}.`).find(
      ({ field }) => field === (parent ? `${parent}.${name}` : name),
    );
    const field = inner.properties?.[name];
    if (!row || !field) return { parent, name, known: Object.keys(inner.properties ?? {}) };
    parent = row.field + (field.items ? '[]' : '');
    inner = field.items ?? field;
  }
  return row ? { schema: inner, row: { ...row, field: parent } } : { parent, name: '', known: [] };
}

function presetOf(field: Schema, isRequired: boolean): string {
  if (field.default !== undefined) return JSON.stringify(field.default);
  return isRequired ? 'required' : '';
}

function typeOf(field: Schema): string {
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum) return field.enum.join(' | ');
  if (field.anyOf) return field.anyOf.map(typeOf).join(' or ');
  if (field.items) return `list of ${nameOf(field.items)}`;
  if (typeof field.additionalProperties === 'object') return `map of ${nameOf(field.additionalProperties)}`;
  return nameOf(field) + rangeOf(field);
}

function nameOf({ type = 'any', properties }: Schema): string {
  if (properties) return 'object';
  return Array.isArray(type) ? type.join(' or ') : type;
}

function rangeOf({ minimum, maximum }: Schema): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined && isBounded) return ` ${minimum}–${maximum}`;
  if (minimum !== undefined) return ` ≥ ${minimum}`;
  return isBounded ? ` ≤ ${maximum}` : '';
}
