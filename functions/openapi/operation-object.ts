import type { Answer, RoutedRow } from '../operations/row.ts';
import { operations, type RoutedOperation } from '../operations.ts';
import * as parameters from '../runtime/http/parameters.ts';
import type { Parameters } from '../runtime/http/read-parameters.ts';
import { type JsonSchema, refTo } from './components.ts';
import { type Example, examples, examplesOf } from './examples.ts';
import { headersOf } from './headers.ts';
import { problemCodesOf, problemResponses } from './problem-responses.ts';

type Rows = typeof operations;
type QueryName = Extract<Rows[keyof Rows], { query: string }>['query'];

/** Query parameters by the name that rows give. An unknown name does not compile. */
const queryParameters: Readonly<Record<QueryName, Parameters>> = parameters;
const pathParameters: Parameters = {
  ...parameters.TenantPath,
  ...parameters.OperationPath,
  ...parameters.ProviderPath,
  ...parameters.OrphanPath,
  ...parameters.SteeringPath,
  ...parameters.OperationActionPath,
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
      ...parametersOf('path', pathParametersOf(row.route.path), own),
      ...parametersOf('query', queryOf(row) ?? {}, own),
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

/** Returns the query parameters of a row, if it takes any. */
export function queryOf({ query }: RoutedRow): Parameters | undefined {
  return query === undefined ? undefined : queryParameters[query as QueryName];
}

function pathParametersOf(path: string): Parameters {
  return Object.fromEntries(
    [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
      const parameter = pathParameters[name];
      if (!parameter) throw new Error(`${path}: add a schema of ${name} to functions/openapi/operation-object.ts`);
      return [name, parameter];
    }),
  );
}

function parametersOf(place: 'path' | 'query', all: Parameters, own: readonly Example[]) {
  return Object.entries(all).map(([name, { description, schema }]) => {
    const sent = own.map((example) => example[place]?.[name]).find((value) => value !== undefined);
    return {
      name,
      in: place,
      description,
      required: place === 'path',
      schema,
      ...(sent !== undefined && { example: asTyped(sent, schema) }),
    };
  });
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
