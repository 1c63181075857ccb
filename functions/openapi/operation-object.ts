import type * as z from 'zod';
import type { OperationName, Route } from '../routes.ts';
import type { Parameters } from '../runtime/http/read-parameters.ts';
import { type JsonSchema, refOf } from './components.ts';
import { type Contract, contracts } from './contracts.ts';
import { examplesOf } from './example-objects.ts';
import { type Example, examples } from './examples.ts';
import { headersOf } from './headers.ts';
import { problemsOf } from './problem-responses.ts';

interface KnownRoute extends Route {
  operation: OperationName;
}

/** One operation, made of its route, its shapes and its examples. */
export function operationOf(route: KnownRoute) {
  const contract: Contract = contracts[route.operation];
  const those = examples.filter(({ operation }) => operation === route.operation);
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [tagOf(route)],
    parameters: [
      ...parametersOf('path', contract.path, those),
      ...parametersOf('query', contract.query, those),
      ...(contract.headers ?? []).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ],
    ...(contract.body && { requestBody: requestBodyOf(contract.body, those) }),
    responses: { ...answersOf(route, contract, those), ...problemsOf(contract.problems, those) },
  };
}

function tagOf({ path }: Route): string {
  return path.split('/')[2] ?? '';
}

function parametersOf(place: 'path' | 'query', parameters: Parameters = {}, those: readonly Example[]) {
  return Object.entries(parameters).map(([name, { description, schema }]) => {
    const sent = those.map((example) => example[place]?.[name]).find((value) => value !== undefined);
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

function requestBodyOf(body: z.ZodType, those: readonly Example[]) {
  const sent = those.map(({ name, summary, body: value }) => [name, { summary, value }] as const);
  return {
    required: true,
    content: { 'application/json': { schema: refOf(body), examples: Object.fromEntries(sent) } },
  };
}

function answersOf(route: KnownRoute, contract: Contract, those: readonly Example[]) {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, description]) => {
      const { body, headers = [] } = contract.answers[Number(status)] ?? {};
      const content = body && { 'application/json': { schema: refOf(body), ...examplesOf(Number(status), those) } };
      return [status, { description, headers: headersOf(['X-Request-Id', ...headers]), ...(content && { content }) }];
    }),
  );
}
