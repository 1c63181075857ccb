import { relative } from 'node:path/posix';
import { type Schema, toJsonSchema } from './json-schema.ts';
import { KEY_BYTES, type Module, need, TYPE } from './module.ts';
import type { Predicate } from './predicates.ts';
import { refusals, textRefusals } from './refusals.ts';
import type { Source } from './rooms.ts';

/**
 * The text of a module that knows usual values without zod: for each schema a `Shape`, whose `accept` answers what the schema
 * would, a copy with the defaults filled in, or undefined where the schema has to be asked. What it accepts, the schema
 * accepts; what is unusual, it leaves to the schema.
 */
export function renderShapes(room: string, sources: readonly Source[]): string {
  const module: Module = { functions: new Map(), patterns: new Map(), imports: new Map(), measures: false };
  need(module, 'src/compute/spec/shape.ts', 'type Shape');
  const shapes = sources.map((source) => shapeOf(room, source, module));
  const patterns = [...module.patterns].map(([pattern, name]) => patternOf(name, pattern, module)).join('');
  const measured = sources.some(({ measured }) => measured);
  return [
    '// Written by `npm run acceptors` from the schemas.',
    "import type * as z from 'zod';",
    [...module.imports]
      .map(([file, names]) => `import ${namesOf([...names])} from '${pathTo(file, room)}';`)
      .sort((a, b) => (fromOf(a) < fromOf(b) ? -1 : 1))
      .join('\n'),
    ...(measured ? ['', '/** Of what was looked at so far. */', 'let bytes = 0;', 'let values = 0;'] : []),
    '',
    patterns,
    ...[...module.functions.values()].map(({ text }) => text),
    ...shapes,
  ].join('\n');
}

/** Classes of all the letters that there are take a millisecond to make, so they are only made where they are needed. */
function patternOf(name: string, pattern: string, module: Module): string {
  if (!/\\p\{/.test(pattern)) return `const ${name} = /${pattern}/u;\n`;
  need(module, 'src/compute/spec/plain.ts', 'lazily');
  return `const ${name} = lazily(() => /${pattern}/u);\n`;
}

function namesOf(names: readonly string[]): string {
  const areTypes = names.every((name) => name.startsWith(TYPE));
  const sorted = [...names].sort(byName).map((name) => (areTypes ? name.slice(TYPE.length) : name));
  return `${areTypes ? TYPE : ''}{ ${sorted.join(', ')} }`;
}

function byName(a: string, b: string): number {
  return a.replace(TYPE, '') < b.replace(TYPE, '') ? -1 : 1;
}

function fromOf(line: string): string {
  return /'(.*)'/.exec(line)?.[1] ?? '';
}

function pathTo(file: string, room: string): string {
  const path = relative(room, file);
  return path.startsWith('.') ? path : `./${path}`;
}

function shapeOf(room: string, { name, schema, file, measured = false }: Source, module: Module): string {
  module.measures = measured;
  const inner = nameOf(toJsonSchema(schema), name, module);
  need(module, file, `type ${name}`);
  const door = `${name.charAt(0).toLowerCase()}${name.slice(1)}Shape`;
  const type = `z.output<typeof ${name}> | undefined`;
  const accept = measured ? measuredAccept(inner, type, module) : `  accept: (input) => ${inner}(input) as ${type},`;
  return `export const ${door}: Shape<typeof ${name}> = {
${accept}
  schema: async () => (await import('${pathTo(file, room)}')).${name},
};
`;
}

function measuredAccept(inner: string, type: string, module: Module): string {
  need(module, 'src/compute/spec/json.ts', 'isWithin');
  need(module, 'src/compute/spec/limits.ts', 'SPEC_LIMITS');
  return `  accept(input) {
    const outer = { bytes, values };
    bytes = 0;
    values = 0;
    const output = ${inner}(input) as ${type};
    const size = { bytes, values };
    ({ bytes, values } = outer);
    return output && isWithin(SPEC_LIMITS, input, size) ? output : undefined;
  },`;
}

/** The name of the function for an object, a map or a list, which is written where there is none yet. */
function nameOf(schema: Schema, title: string, module: Module): string {
  const key = JSON.stringify([module.measures, { ...schema, default: undefined }]);
  const known = module.functions.get(key);
  if (known) return known.name;
  const name = `to${title}`;
  const [type, body] = bodyOf(schema, title, module);
  const text = indented([`function ${name}(input: unknown): ${type} | undefined {`, ...body, '}', '']);
  module.functions.set(key, { name, text });
  return name;
}

function bodyOf(schema: Schema, title: string, module: Module): [type: string, lines: string[]] {
  if (schema.anyOf) return ['unknown', unionBody(schema.anyOf, title, module)];
  if (schema.type === 'array') return ['unknown[]', listBody(schema, title, module)];
  if (schema.type !== 'object') throw new Error(`${title} is of a type that is not known here: ${schema.type}`);
  need(module, 'src/compute/spec/plain.ts', 'isPlain', 'type Loose');
  return ['Loose', schema.properties ? objectBody(schema, title, module) : mapBody(schema, title, module)];
}

function objectBody(schema: Schema, title: string, module: Module) {
  const { properties = {}, required = [], additionalProperties, predicates = [] } = schema;
  const isStrict = additionalProperties === false;
  if (isStrict) need(module, 'src/compute/spec/plain.ts', 'countKeys');
  const isLoose = typeof additionalProperties === 'object';
  // A default that is a time is made when it is needed, by the schema.
  const isNeeded = (field: string, inner: Schema) =>
    required.includes(field) || (inner.default !== undefined && inner.format === 'date-time');
  const fields = Object.entries(properties);
  const needed = fields.filter(([field, inner]) => isNeeded(field, inner)).length;
  const counts = isStrict && needed < fields.length;
  const lines = fields.flatMap(([field, inner]) => {
    if (inner.isOpaque) return [`if (${member('input', field)} !== undefined) return undefined;`];
    const kept = keep(inner, { target: member('output', field) }, title + capitalised(field), module);
    const read = `${fields.length === 1 ? 'const value: unknown' : 'value'} = ${member('input', field)};`;
    if (isNeeded(field, inner)) return [read, ...kept];
    const otherwise =
      inner.default === undefined ? '}' : `} else ${member('output', field)} = ${JSON.stringify(inner.default)};`;
    return [read, 'if (value !== undefined) {', ...kept, ...(counts ? ['known += 1;'] : []), otherwise];
  });
  const names = fields.reduce((sum, [field]) => sum + field.length + KEY_BYTES, 0);
  return [
    'if (!isPlain(input)) return undefined;',
    ...(module.measures ? [`bytes += ${names};`, `values += ${fields.length};`] : []),
    'const output: Loose = {};',
    ...(fields.length > 1 ? ['let value: unknown;'] : []),
    ...(counts ? [`let known = ${needed};`] : []),
    ...lines,
    ...(isLoose ? restOfLoose(Object.keys(properties)) : []),
    ...predicates.map((predicate) => refuseUnless(predicate, module)),
    // Otherwise there is an unknown field, or one that is undefined.
    isStrict ? `return countKeys(input) === ${counts ? 'known' : needed} ? output : undefined;` : 'return output;',
  ];
}

/** A predicate looks at what the schema makes of a value, whose fields are known to be good by then. */
function refuseUnless({ name, file }: Predicate, module: Module): string {
  need(module, file, name);
  return `if (!${name}(output as Parameters<typeof ${name}>[0])) return undefined;`;
}

function member(object: string, field: string): string {
  return /^[a-z_]\w*$/i.test(field) ? `${object}.${field}` : `${object}[${JSON.stringify(field)}]`;
}

/** The lines that keep what an object has beside its known fields. */
function restOfLoose(known: readonly string[]): string[] {
  const isKnown = known.map((field) => `key !== ${JSON.stringify(field)}`).join(' && ');
  return [
    'for (const key of Object.keys(input)) {',
    "if (key === '__proto__') return undefined;",
    `${isKnown ? `if (${isKnown}) ` : ''}output[key] = input[key];`,
    '}',
    'if (Object.getOwnPropertySymbols(input).length > 0) return undefined;',
  ];
}

/** A map is copied at once, which takes less than key by key; what is held to the rules is the copy, which nobody else has. */
function mapBody(schema: Schema, title: string, module: Module): string[] {
  const { propertyNames = {}, additionalProperties, minProperties = 0, maxProperties } = schema;
  const isFree = typeof additionalProperties === 'object' && Object.keys(additionalProperties).length === 0;
  const badKey = [
    module.measures ? 'isPoisonous(key)' : "key === '__proto__'",
    ...textRefusals(propertyNames, 'key', module),
  ];
  const isBounded = minProperties > 0 || maxProperties !== undefined;
  const isCounted = isBounded || (module.measures && !isFree);
  if (isCounted) need(module, 'src/compute/spec/plain.ts', 'countKeys');
  return [
    'if (!isPlain(input)) return undefined;',
    'if (Object.getOwnPropertySymbols(input).length > 0) return undefined;',
    ...(isCounted ? ['const size = countKeys(input);'] : []),
    ...(minProperties === 0 ? [] : [`if (size < ${minProperties}) return undefined;`]),
    ...(maxProperties === undefined ? [] : [`if (size > ${maxProperties}) return undefined;`]),
    ...(module.measures ? measuresOfMap({ isFree, isBounded: maxProperties !== undefined }, module) : []),
    'const output: Loose = { ...input };',
    'for (const key in output) {',
    `if (${badKey.join(' || ')}) return undefined;`,
    ...(module.measures ? [`bytes += key.length + ${KEY_BYTES};`] : []),
    ...(isFree ? [] : ['const value = output[key];']),
    ...keep(additionalProperties || {}, { target: 'output[key]', isThere: true }, `${title}Value`, module),
    '}',
    'return output;',
  ];
}

function measuresOfMap({ isFree, isBounded }: { isFree: boolean; isBounded: boolean }, module: Module): string[] {
  need(module, 'src/compute/spec/json.ts', 'isPoisonous', ...(isFree ? ['measureJson'] : []));
  need(module, 'src/compute/spec/limits.ts', ...(isFree ? ['PART_LIMITS'] : isBounded ? [] : ['SPEC_LIMITS']));
  if (!isFree) return [...(isBounded ? [] : ['if (size > SPEC_LIMITS.maxKeys) return undefined;']), 'values += size;'];
  return [
    'const part = measureJson(input, PART_LIMITS);',
    'if (!part) return undefined;',
    'bytes += part.bytes;',
    'values += part.values;',
  ];
}

function listBody({ items = {}, minItems = 0, maxItems }: Schema, title: string, module: Module): string[] {
  const bounds = [
    ...(minItems > 0 ? [`input.length < ${minItems}`] : []),
    ...(maxItems === undefined ? [] : [`input.length > ${maxItems}`]),
  ];
  return [
    `if (${['!Array.isArray(input)', ...bounds].join(' || ')}) return undefined;`,
    ...(module.measures ? ['values += input.length;'] : []),
    'const output: unknown[] = [];',
    'for (let index = 0; index < input.length; index += 1) {',
    'const value: unknown = input[index];',
    ...keep(items, { target: 'output[index]' }, `${title}Entry`, module),
    '}',
    'return output;',
  ];
}

/** The first that fits counts, so one may only be tried where those before it are known not to fit. */
function unionBody(choices: readonly Schema[], title: string, module: Module): string[] {
  for (const [index, choice] of choices.entries()) {
    if (!choices.slice(0, index).every((earlier) => excludes(earlier, choice))) {
      throw new Error(`${title} has a choice that another may take`);
    }
  }
  const tries = choices.map((choice, index) => `${nameOf(choice, `${title}Choice${index + 1}`, module)}(input)`);
  return [`return ${tries.join(' ?? ')};`];
}

/** Whether what is accepted as the one has a field that the other refuses. */
function excludes({ additionalProperties, properties = {} }: Schema, other: Schema): boolean {
  const needed = Object.entries(other.properties ?? {}).flatMap(([field, { default: fallback, format }]) =>
    other.required?.includes(field) || (fallback !== undefined && format === 'date-time') ? [field] : [],
  );
  return additionalProperties === false && needed.some((field) => !(field in properties));
}

interface Place {
  target: string;
  /** Whether `value` is what stands there. */
  isThere?: boolean;
}

/** The lines that put `value` where it belongs, if it is good. */
function keep(schema: Schema, { target, isThere = false }: Place, title: string, module: Module): string[] {
  if (schema.isOpaque) throw new Error(`${title} is transformed in a way that is not known here`);
  const isEmpty = schema.type === 'object' && !schema.properties && !schema.propertyNames;
  if (schema.anyOf || schema.type === 'array' || (schema.type === 'object' && !isEmpty)) {
    const copy = `${nameOf(schema, title, module)}(value)`;
    return [`${target} = ${copy};`, `if (${target} === undefined) return undefined;`];
  }
  const wrong = refusals(schema, 'value', module);
  return [
    ...(wrong.length > 0 ? [`if (${wrong.join(' || ')}) return undefined;`] : []),
    ...(schema.toNumber ? asNumber(schema.toNumber, target) : isThere ? [] : [`${target} = value;`]),
    ...(module.measures && schema.type === 'string' ? ['bytes += value.length;'] : []),
  ];
}

function asNumber({ minimum, maximum }: NonNullable<Schema['toNumber']>, target: string): string[] {
  const wrong = [
    ...(minimum === undefined ? [] : [`number < ${minimum}`]),
    ...(maximum === undefined ? [] : [`number > ${maximum}`]),
  ];
  return [
    'const number = Number(value);',
    `if (${['!Number.isSafeInteger(number)', ...wrong].join(' || ')}) return undefined;`,
    `${target} = number;`,
  ];
}

function capitalised(text: string): string {
  return text.replaceAll(/(?:^|[^A-Za-z0-9])(.)/g, (_all, first: string) => first.toUpperCase());
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
