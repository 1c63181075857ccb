import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

/** An HTTP response. */
export interface SentAnswer {
  status: number;
  /** Keys are lower-case names. */
  headers: Readonly<Record<string, unknown>>;
  /** The JSON value, or undefined. */
  body: unknown;
}

interface Reference {
  $ref: string;
}
interface Header {
  required?: boolean;
  schema: object;
}
interface Response {
  headers?: Record<string, Header | Reference>;
  content?: Record<string, { schema: object }>;
}
export interface DocumentedOperation {
  operationId: string;
  responses: Record<string, Response | Reference>;
}
export interface OpenApiDocument {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: Record<string, Record<string, object>>;
}

const DOCUMENT = 'openapi.json';

export const document: OpenApiDocument = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
);

const operations = new Map(
  Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((operation) => [operation.operationId, operation] as const),
  ),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajvFormats.default(ajv);
ajv.addSchema(document, DOCUMENT);

const validators = new Map<string, ValidateFunction>();

/** Returns the validator of a schema, compiled on first use. */
function validatorOf(schema: object): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = validators.get(key);
  if (known) return known;
  // The schema is compiled outside the document, so its references need the document's name.
  const rooted = JSON.parse(key.replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT}#/`));
  const validator = ajv.compile(rooted);
  validators.set(key, validator);
  return validator;
}

/** Returns how a value violates a schema of the document, as sentences. */
export function violationsOf(schema: object, value: unknown): string[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || 'it'} ${message} ${JSON.stringify(params)}`,
  );
}

function follow<T extends object>(value: T | Reference): T {
  if (!('$ref' in value)) return value;
  const [, , kind = '', name = ''] = value.$ref.split('/');
  const found = document.components[kind]?.[name];
  if (!found) throw new Error(`docs/openapi.json has no ${value.$ref}`);
  return found as T;
}

/**
 * Throws if a response differs from the document: an unknown status, header, field or problem code, or a missing one. A
 * failure outside the operations has to be a problem or has no body.
 */
export function expectDocumented(operationId: string | undefined, answer: SentAnswer): void {
  const operation = operations.get(operationId ?? '');
  const violations = operation ? check(operation, answer) : checkStray(answer);
  if (violations.length === 0) return;
  const about = `${operationId ?? 'no operation'} (${answer.status})`;
  throw new Error(`the answer of ${about} differs from docs/openapi.json:\n  ${violations.join('\n  ')}`);
}

function checkStray({ status, body }: SentAnswer): string[] {
  if (status < 400 || body === undefined) return [];
  return violationsOf({ $ref: '#/components/schemas/Problem' }, body);
}

function check({ responses }: DocumentedOperation, answer: SentAnswer): string[] {
  const found = responses[answer.status];
  if (!found) return [`the status ${answer.status} ${JSON.stringify(answer.body)} is not in it`];
  const response = follow<Response>(found);
  return [...checkBody(response, answer), ...checkHeaders(response, answer)];
}

function checkBody({ content }: Response, { headers, body }: SentAnswer): string[] {
  if (!content) return body === undefined ? [] : ['it has a body'];
  const type = String(headers['content-type']);
  const media = content[type];
  return media ? violationsOf(media.schema, body) : [`the content type ${type} is not in it`];
}

function checkHeaders({ headers = {} }: Response, answer: SentAnswer): string[] {
  return Object.entries(headers).flatMap(([name, header]) => {
    const { required = false, schema } = follow<Header>(header);
    const sent = answer.headers[name.toLowerCase()];
    if (sent === undefined) return required ? [`it lacks the header ${name}`] : [];
    const isNumber = 'type' in schema && schema.type === 'integer';
    return violationsOf(schema, isNumber ? Number(sent) : sent).map((violation) => `${name}: ${violation}`);
  });
}
