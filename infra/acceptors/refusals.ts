import { IMAGE_REFERENCE, type Schema, URI } from './json-schema.ts';
import { type Module, need } from './module.ts';

/** What is not true of a good value; the type comes first, for the compiler. */
export function refusals(schema: Schema, value: string, module: Module): string[] {
  if (schema.const !== undefined) return [`${value} !== ${JSON.stringify(schema.const)}`];
  if (schema.enum) return [schema.enum.map((one) => `${value} !== ${JSON.stringify(one)}`).join(' && ')];
  if (schema.type === 'string') return [`typeof ${value} !== 'string'`, ...textRefusals(schema, value, module)];
  if (schema.type === 'boolean') return [`typeof ${value} !== 'boolean'`];
  if (schema.type === 'object') return [`typeof ${value} !== 'object'`, `${value} === null`];
  if (schema.type === 'integer' || schema.type === 'number') return numberRefusals(schema, value);
  if (schema.type !== undefined) throw new Error(`nothing is known here of the type ${schema.type}`);
  return [];
}

function numberRefusals({ type, minimum, exclusiveMinimum, maximum }: Schema, value: string): string[] {
  return [
    `typeof ${value} !== 'number'`,
    `!Number.is${type === 'integer' ? 'SafeInteger' : 'Finite'}(${value})`,
    ...(minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? [`${value} < ${minimum}`] : []),
    ...(exclusiveMinimum === undefined ? [] : [`${value} <= ${exclusiveMinimum}`]),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? [`${value} > ${maximum}`] : []),
  ];
}

export function textRefusals(
  { minLength = 0, maxLength, pattern, format, predicates = [] }: Schema,
  value: string,
  module: Module,
): string[] {
  const { patterns } = module;
  // Texts are measured in UTF-16, and schemas in characters, which are fewer: only an upper bound is on the safe side.
  if (minLength > 1) throw new Error('a text of more than one character at least is not known here');
  if (pattern !== undefined && !patterns.has(pattern)) patterns.set(pattern, `pattern${patterns.size + 1}`);
  if (format === IMAGE_REFERENCE) need(module, 'src/compute/spec/names.ts', 'isImageReference');
  if (format === URI) need(module, 'src/compute/spec/names.ts', 'isUrl');
  for (const { file, name } of predicates) need(module, file, name);
  const isFree = module.measures && format !== IMAGE_REFERENCE && (pattern === undefined || !isAscii(pattern));
  if (isFree) need(module, 'src/compute/spec/json.ts', 'isText');
  return [
    ...(minLength > 0 ? [`${value}.length < ${minLength}`] : []),
    ...(maxLength === undefined ? [] : [`${value}.length > ${maxLength}`]),
    ...(pattern === undefined ? [] : [`!${patterns.get(pattern)}.test(${value})`]),
    ...(format === IMAGE_REFERENCE ? [`!isImageReference(${value})`] : []),
    ...(format === URI ? [`!isUrl(${value})`] : []),
    ...predicates.map(({ name }) => `!${name}(${value})`),
    ...(isFree ? [`!isText(${value})`] : []),
  ];
}

/** Whether a pattern can only fit texts of visible ASCII: its classes are lists of such, and nothing else stands for any character. */
function isAscii(pattern: string): boolean {
  const [before = '', ...parts] = pattern.split('[');
  const classes = parts.map((part) => part.split(']'));
  const outside = [before, ...classes.map(([, after]) => after ?? '.')].join('');
  return (
    pattern.startsWith('^') &&
    pattern.endsWith('$') &&
    classes.every(([list = '']) => /^(?!\^)[\x21-\x7e]+$/.test(list) && !/\\[^/x-]/.test(list)) &&
    /^[\x21-\x7e]+$/.test(outside) &&
    !/\.|\\[^/]/.test(outside)
  );
}
