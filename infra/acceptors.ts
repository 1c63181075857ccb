import * as z from 'zod';
import { ProvisionResult, TenantComputeSpec, UpdateResult } from '../src/index.ts';

/** What `src/compute/accept.ts` has a function for. */
const accepted = { TenantComputeSpec, ProvisionResult, UpdateResult };

/** The part of JSON Schema that these come to. */
interface Schema {
  type?: string;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: false | Schema;
  maxProperties?: number;
  default?: unknown;
}

/** The keywords whose meaning is known here, and what only describes. */
const keywords = new Set(
  '$schema type enum format pattern minLength maxLength minimum maximum minItems maxItems items properties required \
propertyNames additionalProperties maxProperties default'.split(' '),
);

/** Formats beyond their pattern: what a refinement is called in its schema's `meta`. */
const IMAGE_REFERENCE = 'image-reference';
const formats = new Set([IMAGE_REFERENCE, 'date-time']);

const HEAD = `// Written by \`npm run acceptors\` from the schemas in spec.ts and results.ts.
import { isImageReference } from './names.ts';
import type { ProvisionResult, UpdateResult } from './results.ts';
import type { TenantComputeSpec } from './spec.ts';

type Loose = Record<string, unknown>;

/** An object as JSON has it; about any other kind the schema is asked. */
function isPlain(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
`;

/** The parts of the module, by what they are made from, so that equal schemas share one. */
interface Module {
  functions: Map<string, { name: string; text: string }>;
  patterns: Map<string, string>;
}

/**
 * The text of a module that knows good values without zod: for each schema a function that answers what the schema would, a
 * copy with the defaults filled in, or undefined where the schema has to be asked. What it accepts, the schema accepts;
 * what is unusual, it leaves to the schema.
 */
export function renderAcceptors(): string {
  const module: Module = { functions: new Map(), patterns: new Map() };
  const doors = Object.entries(accepted).map(([name, schema]) => {
    const inner = nameOf(toJsonSchema(schema), name, module);
    return `/** What \`${name}\` makes of a value, or undefined where it has to be asked itself. */
export function accept${name}(input: unknown): ${name} | undefined {
  return ${inner}(input) as ${name} | undefined;
}
`;
  });
  const patterns = [...module.patterns].map(([pattern, name]) => `const ${name} = /${pattern}/u;\n`).join('');
  return [HEAD, patterns, ...[...module.functions.values()].map(({ text }) => text), ...doors].join('\n');
}

/** Throws for what is not known here, and for a refinement that the schema does not name in its `meta`. */
function toJsonSchema(schema: z.ZodType): Schema {
  const refined: (readonly PropertyKey[])[] = [];
  const whole = z.toJSONSchema(schema, {
    io: 'input',
    override({ zodSchema, jsonSchema, path }) {
      delete jsonSchema.description;
      const unknown = Object.keys(jsonSchema).filter((keyword) => !keywords.has(keyword));
      if (unknown.length > 0) throw new Error(`nothing is known here of ${unknown.join(', ')}`);
      const { format } = jsonSchema;
      if (format && !formats.has(format)) throw new Error(`nothing is known here of the format ${format}`);
      if (zodSchema._zod.def.checks?.some(({ _zod }) => _zod.def.check === 'custom')) refined.push(path);
    },
  }) as Schema;
  for (const path of refined) {
    const at = path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown>)[key], whole) as Schema;
    if (!at.format && !at.maxProperties) throw new Error(`${path.join('.')} has a refinement without a name in meta()`);
  }
  return whole;
}

/** The name of the function for an object, a map or a list, which is written where there is none yet. */
function nameOf(schema: Schema, title: string, module: Module): string {
  const key = JSON.stringify({ ...schema, default: undefined });
  const known = module.functions.get(key);
  if (known) return known.name;
  const name = `to${title}`;
  const [type, body] = bodyOf(schema, title, module);
  const text = indented([`function ${name}(input: unknown): ${type} | undefined {`, ...body, '}', '']);
  module.functions.set(key, { name, text });
  return name;
}

function bodyOf(schema: Schema, title: string, module: Module): [type: string, lines: string[]] {
  if (schema.type === 'array') return ['unknown[]', listBody(schema, title, module)];
  if (schema.type !== 'object') throw new Error(`${title} is of a type that is not known here: ${schema.type}`);
  return ['Loose', schema.properties ? objectBody(schema, title, module) : mapBody(schema, title, module)];
}

function objectBody({ properties = {}, required = [], additionalProperties }: Schema, title: string, module: Module) {
  const isStrict = additionalProperties === false;
  const fields = Object.entries(properties).flatMap(([field, inner]) => {
    // A default that is a time is made when it is needed, by the schema.
    const isRequired = required.includes(field) || (inner.default !== undefined && inner.format === 'date-time');
    const lines = keep(inner, `output.${field}`, title + capitalised(field), module);
    if (isRequired) return [`value = input.${field};`, ...lines];
    const otherwise = inner.default === undefined ? '}' : `} else output.${field} = ${JSON.stringify(inner.default)};`;
    return [
      `value = input.${field};`,
      'if (value !== undefined) {',
      ...lines,
      ...(isStrict ? ['known += 1;'] : []),
      otherwise,
    ];
  });
  return [
    'if (!isPlain(input)) return undefined;',
    'const output: Loose = {};',
    'let value: unknown;',
    ...(isStrict ? [`let known = ${required.length};`] : []),
    ...fields,
    // Otherwise there is an unknown field, or one that is undefined.
    isStrict ? 'return Object.keys(input).length === known ? output : undefined;' : 'return output;',
  ];
}

function mapBody({ propertyNames = {}, additionalProperties, maxProperties }: Schema, title: string, module: Module) {
  const badKey = ["key === '__proto__'", ...textRefusals(propertyNames, 'key', module)].join(' || ');
  return [
    'if (!isPlain(input)) return undefined;',
    'const keys = Object.keys(input);',
    'if (Object.getOwnPropertySymbols(input).length > 0) return undefined;',
    ...(maxProperties === undefined ? [] : [`if (keys.length > ${maxProperties}) return undefined;`]),
    'const output: Loose = {};',
    'for (const key of keys) {',
    `if (${badKey}) return undefined;`,
    'const value = input[key];',
    ...keep(additionalProperties || {}, 'output[key]', `${title}Value`, module),
    '}',
    'return output;',
  ];
}

function listBody({ items = {}, minItems = 0, maxItems }: Schema, title: string, module: Module): string[] {
  const bounds = [
    ...(minItems > 0 ? [`input.length < ${minItems}`] : []),
    ...(maxItems === undefined ? [] : [`input.length > ${maxItems}`]),
  ];
  return [
    `if (${['!Array.isArray(input)', ...bounds].join(' || ')}) return undefined;`,
    'const output: unknown[] = [];',
    'for (let index = 0; index < input.length; index += 1) {',
    'const value: unknown = input[index];',
    ...keep(items, 'output[index]', `${title}Entry`, module),
    '}',
    'return output;',
  ];
}

/** The lines that put `value` where it belongs, if it is good. */
function keep(schema: Schema, target: string, title: string, module: Module): string[] {
  if (schema.type === 'object' || schema.type === 'array') {
    const copy = `${nameOf(schema, title, module)}(value)`;
    return [`${target} = ${copy};`, `if (${target} === undefined) return undefined;`];
  }
  const wrong = refusals(schema, 'value', module);
  return [...(wrong.length > 0 ? [`if (${wrong.join(' || ')}) return undefined;`] : []), `${target} = value;`];
}

/** What is not true of a good text, number or choice; the type comes first, for the compiler. */
function refusals(schema: Schema, value: string, module: Module): string[] {
  if (schema.enum) return [schema.enum.map((one) => `${value} !== ${JSON.stringify(one)}`).join(' && ')];
  if (schema.type === 'string') return [`typeof ${value} !== 'string'`, ...textRefusals(schema, value, module)];
  if (schema.type === 'boolean') return [`typeof ${value} !== 'boolean'`];
  if (schema.type === 'integer') {
    const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = schema;
    return [
      `typeof ${value} !== 'number'`,
      `!Number.isSafeInteger(${value})`,
      ...(minimum > Number.MIN_SAFE_INTEGER ? [`${value} < ${minimum}`] : []),
      ...(maximum < Number.MAX_SAFE_INTEGER ? [`${value} > ${maximum}`] : []),
    ];
  }
  if (schema.type !== undefined) throw new Error(`nothing is known here of the type ${schema.type}`);
  return [];
}

function textRefusals({ minLength = 0, maxLength, pattern, format }: Schema, value: string, { patterns }: Module) {
  // Texts are measured in UTF-16, and schemas in characters, which are fewer: only an upper bound is on the safe side.
  if (minLength > 1) throw new Error('a text of more than one character at least is not known here');
  if (pattern !== undefined && !patterns.has(pattern)) patterns.set(pattern, `pattern${patterns.size + 1}`);
  return [
    ...(minLength > 0 ? [`${value}.length < ${minLength}`] : []),
    ...(maxLength === undefined ? [] : [`${value}.length > ${maxLength}`]),
    ...(pattern === undefined ? [] : [`!${patterns.get(pattern)}.test(${value})`]),
    ...(format === IMAGE_REFERENCE ? [`!isImageReference(${value})`] : []),
  ];
}

function capitalised(text: string): string {
  return text.replaceAll(/(?:^|_)(.)/g, (_all, first: string) => first.toUpperCase());
}

/** As deep as braces stand open. */
function indented(lines: readonly string[]): string {
  let depth = 0;
  return lines
    .map((line) => {
      if (line.startsWith('}')) depth -= 1;
      const text = line && '  '.repeat(depth) + line;
      if (line.endsWith('{')) depth += 1;
      return text;
    })
    .join('\n');
}
