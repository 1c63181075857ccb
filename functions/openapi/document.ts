import * as z from 'zod';
import { type Operation, type Route, routes } from '../routes.ts';
import { httpStatus } from '../runtime/http-status.ts';
import type { ProblemCode } from '../runtime/problem.ts';
import { componentSchemas, type JsonSchema, refOf, refTo, tidy } from './components.ts';
import { type AnswerHeader, answerHeaders, type RequestHeader, requestHeaders } from './headers.ts';
import { type Shape, shapes } from './shapes.ts';
import { upcoming } from './upcoming.ts';

interface Documented extends Route {
  operation: Operation | (typeof upcoming)[number]['operation'];
}

const pending = upcoming.filter(({ operation }) => !routes.some((route) => (route.operation as string) === operation));
const documented: readonly Documented[] = [...routes, ...pending];

/** The HTTP interface as an OpenAPI 3.1 document: made of the routes and the schemas that the handlers themselves use. */
export function createDocument() {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Berth',
      version: 'v1',
      summary: 'A control plane for per-tenant compute.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      { url: '/', description: 'The host that serves this document: the local host' },
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: 'An installation on AWS',
        variables: {
          api: { default: 'api-id', description: 'The id of the HTTP API; the output Endpoint of the stack has it' },
          region: { default: 'eu-central-1' },
        },
      },
    ],
    security: [{ sigv4: [] }, { jwt: [] }, {}],
    tags: [
      { name: 'tenants', description: 'What is to run, and how far it is' },
      { name: 'operations', description: 'What was asked for, and how it came out' },
      { name: 'providers', description: 'Where tenants can run' },
    ],
    paths: pathsOf(documented),
    components: {
      schemas: componentSchemas(),
      headers: answerHeaders,
      parameters: headerParameters(),
      securitySchemes,
    },
  };
}

const securitySchemes = {
  sigv4: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    description: 'On AWS, by default: requests are signed with Signature Version 4, for the service execute-api.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  jwt: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'On AWS, where the stack was given an issuer. The local host asks nobody who they are.',
  },
} as const;

function pathsOf(described: readonly Documented[]) {
  const paths: Record<string, Record<string, ReturnType<typeof operationOf>>> = {};
  for (const route of described) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return paths;
}

function operationOf(route: Documented) {
  const shape: Shape = shapes[route.operation];
  return {
    operationId: route.operation,
    summary: route.summary,
    tags: [tagOf(route)],
    parameters: [
      ...parametersOf('path', shape.path),
      ...parametersOf('query', shape.query),
      ...(shape.headers ?? []).map(headerParameter),
    ],
    ...(shape.body && {
      requestBody: { required: true, content: { 'application/json': { schema: refOf(shape.body) } } },
    }),
    responses: { ...answersOf(route, shape), ...problemsOf(shape.problems) },
  };
}

function tagOf({ path }: Route): string {
  return path.split('/')[2] ?? '';
}

function parametersOf(place: 'path' | 'query', parameters: z.ZodObject | undefined) {
  return Object.entries(parameters?.shape ?? {}).map(([name, parameter]) => {
    const { description, ...schema } = toSchema(parameter as z.ZodType);
    const required = place === 'path';
    return { name, in: place, ...(description && { description }), required, schema };
  });
}

/** A parameter as it is understood, not as the text that it travels as. */
function toSchema(parameter: z.ZodType): JsonSchema {
  return tidy(z.toJSONSchema(parameter, { io: 'output', unrepresentable: 'any' }), 'input');
}

/** The headers of requests, to be referred to. */
function headerParameters() {
  const entries = Object.entries(requestHeaders);
  return Object.fromEntries(
    entries.map(([name, header]) => [name, { name, in: 'header', required: false, ...header }]),
  );
}

function headerParameter(name: RequestHeader) {
  return { $ref: `#/components/parameters/${name}` };
}

function answersOf(route: Documented, shape: Shape) {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, description]) => {
      const { body, headers = [] } = shape.answers[Number(status)] ?? {};
      const content = body && { 'application/json': { schema: refOf(body) } };
      return [status, { description, headers: headersOf(['X-Request-Id', ...headers]), ...(content && { content }) }];
    }),
  );
}

function headersOf(names: readonly AnswerHeader[]) {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The problems by their status: each is a problem with one of the codes that have that status. */
function problemsOf(codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy([...new Set(codes)].sort(), (code) => httpStatus[code]);
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(statuses.map(([status, those]) => [status, problemOf(status, those)]));
}

function problemOf(status: number, codes: readonly ProblemCode[]) {
  const properties = { status: { const: status }, code: { enum: codes } };
  const headers: AnswerHeader[] = [
    'X-Request-Id',
    ...(status === 429 || codes.includes('operation_in_progress') ? (['Retry-After'] as const) : []),
    ...(codes.includes('operation_in_progress') ? (['Location'] as const) : []),
  ];
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: headersOf(headers),
    content: { 'application/problem+json': { schema: { allOf: [refTo('Problem'), { properties }] } } },
  };
}
