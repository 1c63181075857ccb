import { InvalidRequestError, type Issue, toPointer } from '../../../src/compute/errors.ts';

/** A parameter of a path or a query: how its text is read, and how the OpenAPI document describes it. */
export interface Parameter<Value = unknown> {
  description: string;
  /** JSON Schema of the value. */
  schema: Readonly<Record<string, unknown>>;
  /** Returns the value of a text, or undefined if the text breaks `rule`. */
  read(text: string): Value | undefined;
  /** The message of the issue for a text that cannot be read. */
  rule: string;
  /** The value of a query parameter that is absent. Default: undefined. */
  fallback?: Value;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** The values of parameters. One that is optional and has no fallback may be undefined. */
export type ValuesOf<Known extends Parameters, Place extends 'path' | 'query'> = {
  [Name in keyof Known]: NonNullable<ReturnType<Known[Name]['read']>> | Absent<Known[Name], Place>;
};
type Absent<Known, Place> = Place extends 'path' ? never : Known extends { fallback: unknown } ? never : undefined;

export type NoParameters = Readonly<Record<never, Parameter>>;
export const noParameters: NoParameters = {};

/**
 * Returns the values of the parameters of a path or a query. Every parameter of a path is required. Throws
 * `InvalidRequestError` with every issue; pointers begin with `/path` or `/query`. An unknown parameter is refused: a
 * destroy with a misspelt `provider` must not destroy another tenant.
 */
export function readParameters<Known extends Parameters, Place extends 'path' | 'query'>(
  place: Place,
  known: Known,
  given: Readonly<Record<string, string | undefined>> = {},
): ValuesOf<Known, Place> {
  const issues: Issue[] = [];
  const fail = (name: string, message: string) => issues.push({ pointer: toPointer([place, name]), message });
  const values: Record<string, unknown> = {};
  for (const [name, { read, rule, fallback }] of Object.entries(known)) {
    const text = Object.hasOwn(given, name) ? given[name] : undefined;
    if (text === undefined && place === 'path') fail(name, `${name} required`);
    const value = text === undefined ? fallback : read(text);
    if (text !== undefined && value === undefined) fail(name, rule);
    if (value !== undefined) values[name] = value;
  }
  const names = Object.keys(known).join(', ') || 'none';
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) fail(name, `unknown ${place} parameter (known: ${names}): ${name}`);
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return values as ValuesOf<Known, Place>;
}
