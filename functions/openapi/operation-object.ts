import * as z from 'zod';
import type { Answer, RoutedRow } from '../operations/row.ts';
import { operations, type RoutedOperation } from '../operations.ts';
import * as parameters from '../runtime/http/parameters.ts';
import { type JsonSchema, refTo, tidy } from './components.ts';
import { type Example, examples, examplesOf } from './examples.ts';
import { headersOf } from './headers.ts';
import { problemCodesOf, problemResponses } from './problem-responses.ts';

type Rows = typeof operations;
type QueryName = Extract<Rows[keyof Rows], { query: string }>['query'];

/** Query schemas by the name that rows give. A name without a schema does not compile. */
const querySchemas: Readonly<Record<QueryName, z.ZodObject>> = parameters;
const pathParameters: Readonly<Record<string, z.ZodType>> = {
  ...parameters.TenantPath.shape,
  ...parameters.OperationPath.shape,
  ...parameters.ProviderPath.shape,
};

/** Builds the OpenAPI operation of a row, with the examples recorded for it. */
export function operationObject(operation: RoutedOperation) {
  const row: RoutedRow = operations[operation];
  const own = examples.filter((example) => example.operation === operation);
  return {
    operationId: operation,
    summary: row.summary,
    tags: [row.route.path.split('/')[2] ?? ''],
    parameters: [
      ...parametersOf('path', pathSchemas(row.route.path), own),
      ...parametersOf('query', querySchema(row)?.shape ?? {}, own),
      ...(row.headers ?? []).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(row.body && { requestBody: requestBodyOf(row.body, own) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(row.answers).map(([status, answer]) => [status, answerOf(Number(status), answer, own)]),
      ),
      ...problemResponses(problemCodesOf(row), own),
    },
  };
}

/** Returns the schema of the query parameters of a row, if it takes any. */
export function querySchema({ query }: RoutedRow): z.ZodObject | undefined {
  return query === undefined ? undefined : querySchemas[query as QueryName];
}

function pathSchemas(path: string): Record<string, z.ZodType> {
  return Object.fromEntries(
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
      const schema = pathParameters[name];
      if (!schema) throw new Error(`${path}: add a schema of ${name} to functions/openapi/operation-object.ts`);
      return [name, schema];
    }),
  );
}

function parametersOf(place: 'path' | 'query', schemas: Readonly<Record<string, z.ZodType>>, own: readonly Example[]) {
  return Object.entries(schemas).map(([name, parameter]) => {
    const { description, ...schema } = toSchema(parameter);
    const sent = own.map((example) => example[place]?.[name]).find((value) => value !== undefined);
    return {
      name,
      in: place,
      ...(description && { description }),
      required: place === 'path',
      schema,
      ...(sent !== undefined && { example: asTyped(sent, schema) }),
    };
  });
}

/** Describes a parameter by its meaning, not by the text that carries it. */
function toSchema(parameter: z.ZodType): JsonSchema {
  return tidy(z.toJSONSchema(parameter, { io: 'output', unrepresentable: 'any' }), 'input');
}

function asTyped(text: string, { type }: JsonSchema): unknown {
  if (type === 'integer') return Number(text);
  return type === 'array' ? text.split(',') : text;
}

function requestBodyOf(body: string, own: readonly Example[]) {
  const sent = own.map(({ name, summary, body: value }) => [name, { summary, value }] as const);
  return {
    required: true,
    content: { 'application/json': { schema: refTo(body), examples: Object.fromEntries(sent) } },
  };
}

function answerOf(status: number, { meaning, body, headers = [] }: Answer, own: readonly Example[]) {
  const content = body && { 'application/json': { schema: refTo(body), ...examplesOf(status, own) } };
  return { description: meaning, headers: headersOf(['X-Request-Id', ...headers]), ...(content && { content }) };
}
