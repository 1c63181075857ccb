import { routes } from '../operations.ts';
import { componentSchemas } from './components.ts';
import { answerHeaders, headerParameters } from './headers.ts';
import { operationObject } from './operation-object.ts';
import { sharedProblems } from './problem-responses.ts';

/** Builds the OpenAPI 3.1 document from the table of operations and from the schemas that the handlers use. */
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
      { url: '/', description: 'The local host, which serves this document' },
      {
        url: 'https://{api}.execute-api.{region}.amazonaws.com',
        description: 'An installation on AWS',
        variables: {
          api: { default: 'api-id', description: 'The id of the HTTP API, as in the stack output Endpoint' },
          region: { default: 'eu-central-1' },
        },
      },
    ],
    security: [{ sigv4: [] }, { jwt: [] }, {}],
    tags: [
      { name: 'tenants', description: 'Desired and observed state of tenants' },
      { name: 'operations', description: 'Changes to tenants, their progress and their outcome' },
      { name: 'providers', description: 'Backends that run tenants' },
    ],
    paths: pathsOf(),
    components: {
      schemas: componentSchemas(),
      responses: sharedProblems(),
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
    description: 'The default on AWS: sign requests with Signature Version 4 for the service execute-api.',
    'x-amazon-apigateway-authtype': 'awsSigv4',
  },
  jwt: {
    type: 'http',
    scheme: 'bearer',
    description: 'On AWS, if the stack has an issuer. On the local host, its token, if it was started with one.',
  },
} as const;

function pathsOf() {
  const paths: Record<string, Record<string, ReturnType<typeof operationObject>>> = {};
  for (const { operation, method, path } of routes) {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(operation) };
  }
  return paths;
}
