import fc from 'fast-check';
import { document } from '../../support/documented.ts';

/** The part of a schema of the document that requests use. */
export interface Schema {
  $ref?: string;
  type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: Schema | boolean;
}

/** Values for fields by name, where random values of the schema would nearly always be refused. */
export type Overrides = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Returns values that a schema of the document allows. */
export function valuesOf(schema: Schema, overrides: Overrides = {}): fc.Arbitrary<unknown> {
  if (schema.$ref) return valuesOf(resolve(schema.$ref), overrides);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 4096, 2 ** 31 - 1) });
    case 'string':
      return textsOf(schema);
    case 'array': {
      const { items = {}, minItems = 0, maxItems = 3 } = schema;
      return fc.array(valuesOf(items, overrides), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) });
    }
    case 'object':
      return objectsOf(schema, overrides);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function resolve(reference: string): Schema {
  const found = document.components.schemas?.[reference.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`docs/openapi.json has no ${reference}`);
  return found as Schema;
}

/** fast-check cannot generate texts from Unicode classes, so their ASCII part stands for them. */
function textsOf({ pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (pattern === undefined) return fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 60) });
  const ascii = pattern.replaceAll('\\p{L}\\p{N}\\p{Zs}', 'A-Za-z0-9 ').replaceAll(/\{0,\d{3,}\}/g, '{0,20}');
  const hasLength = (text: string) => text.length >= minLength && text.length <= maxLength;
  const whole = new RegExp(ascii);
  // Nor can it generate texts that a lookahead forbids.
  const without = new RegExp(ascii.replaceAll(/\(\?!(?:[^()]|\([^()]*\))*\)/g, ''));
  return fc.stringMatching(without).filter((text) => whole.test(text) && hasLength(text));
}

function objectsOf(schema: Schema, overrides: Overrides): fc.Arbitrary<unknown> {
  const { properties, required = [], propertyNames = { type: 'string' }, additionalProperties } = schema;
  if (!properties) {
    const values = typeof additionalProperties === 'object' ? additionalProperties : {};
    return fc.dictionary(valuesOf(propertyNames) as fc.Arbitrary<string>, valuesOf(values, overrides), { maxKeys: 3 });
  }
  const fields = Object.entries(properties).map(
    ([name, inner]) =>
      [name, (Object.hasOwn(overrides, name) && overrides[name]) || valuesOf(inner, overrides)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}
