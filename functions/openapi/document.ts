import { routes } from '../routes.ts';
import { componentSchemas } from './components.ts';
import { answerHeaders, headerParameters } from './headers.ts';
import { operationOf } from './operation-object.ts';
import { sharedProblems } from './problem-responses.ts';

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

function pathsOf() {
  const paths: Record<string, Record<string, ReturnType<typeof operationOf>>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return paths;
}
