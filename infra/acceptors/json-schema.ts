import * as z from 'zod';
import { type Predicate, predicateOf } from './predicates.ts';

/** The part of JSON Schema that Berth's schemas come to, and what it cannot say. */
export interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: false | Schema;
  minProperties?: number;
  maxProperties?: number;
  default?: unknown;
  /** A text whose number is meant, which has to be within these bounds. */
  toNumber?: Pick<Schema, 'minimum' | 'maximum'>;
  /** Nobody but the schema knows what it makes of a value. */
  isOpaque?: true;
  /** What has to be true of it beyond all this. */
  predicates?: Predicate[];
}

/** The keywords whose meaning is known here. */
const keywords = new Set(
  '$schema type enum const anyOf format pattern minLength maxLength minimum exclusiveMinimum maximum minItems maxItems \
items properties required propertyNames additionalProperties minProperties maxProperties default toNumber isOpaque predicates'.split(
    ' ',
  ),
);

/** Formats beyond their pattern: what a refinement is called in its schema's `meta`. */
export const IMAGE_REFERENCE = 'image-reference';
export const URI = 'uri';
const formats = new Set([IMAGE_REFERENCE, URI, 'date-time']);

/** A schema as data. Throws for what is not known here, such as a refinement that is no predicate and has no name in `meta`. */
export function toJsonSchema(schema: z.ZodType): Schema {
  const refined: (readonly PropertyKey[])[] = [];
  const custom: (readonly PropertyKey[])[] = [];
  const whole = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema, path }) {
      const { def } = zodSchema._zod;
      const schema = jsonSchema as Schema;
      delete jsonSchema.description;
      if (def.type === 'pipe') describePipe(def as z.core.$ZodPipeDef, schema);
      // JSON Schema has no place for a default that is of another type than what is given.
      if (def.type === 'default') schema.default ??= (def as z.core.$ZodDefaultDef).defaultValue;
      // Of a time, that it has a default is all that is known: it is another one each time.
      if (schema.default !== undefined && schema.format === 'date-time') schema.default = 'now';
      if (def.type === 'custom') custom.push(path);
      const unknown = Object.keys(jsonSchema).filter((keyword) => !keywords.has(keyword));
      if (unknown.length > 0) throw new Error(`nothing is known here of ${unknown.join(', ')}`);
      const { format } = schema;
      if (format && !formats.has(format)) throw new Error(`nothing is known here of the format ${format}`);
      for (const { _zod } of def.checks ?? []) {
        if ('pattern' in _zod.def) needPlainFlags(_zod.def.pattern);
        if (_zod.def.check !== 'custom') continue;
        const predicate = predicateOf((_zod.def as z.core.$ZodCustomDef).fn);
        if (predicate) schema.predicates = [...(schema.predicates ?? []), predicate];
        else refined.push(path);
      }
    },
  }) as Schema;
  const at = (path: readonly PropertyKey[]) =>
    path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], whole) as Schema;
  for (const path of refined) {
    const { format, minProperties, maxProperties } = at(path);
    const isNamed = format || minProperties || maxProperties;
    if (!isNamed) throw new Error(`${path.join('.')} has a refinement without a name in meta()`);
  }
  for (const path of custom) {
    if (!at(path).type) throw new Error(`${path.join('.')} has no type in its meta()`);
  }
  return whole;
}

/** JSON Schema has no flags. `u` is what it always means. */
function needPlainFlags(pattern: unknown): void {
  if (pattern instanceof RegExp && !/^u?$/.test(pattern.flags)) throw new Error(`${pattern} has flags`);
}

/** Of what is transformed, only a text that becomes a number is known. */
function describePipe({ in: given, out }: z.core.$ZodPipeDef, schema: Schema): void {
  const inner = given._zod.def as Partial<z.core.$ZodPipeDef>;
  const transform = inner.out?._zod.def as Partial<z.core.$ZodTransformDef> | undefined;
  if (transform?.transform !== (Number as unknown) || out._zod.def.type !== 'number') {
    schema.isOpaque = true;
    return;
  }
  const { minimum, maximum, type } = z.toJSONSchema(out) as Schema;
  if (type !== 'integer') throw new Error(`nothing is known here of a text that becomes a ${type}`);
  // The inner pipe, from text to any number, is not known by itself.
  delete schema.isOpaque;
  schema.toNumber = { ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) };
}
