import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { eventSchemaFolder, toFile } from '../../infra/events/render-event-schemas.ts';
import { EventEnvelope } from '../../src/events/envelope.ts';
import { isRequestType, readRequest } from '../../src/events/read-event.ts';
import { requestDetails } from '../../src/events/request.ts';
import { eventSchemas } from '../../src/events/schemas.ts';
import { announcementDetails } from '../../src/tenants/model/announcement.ts';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

/** Compiles the schema of a detail type as a consumer of the file would. */
function schemaOf(detailType: string) {
  const { $schema, ...schema } = eventSchemas().find((event) => event.detailType === detailType)?.schema ?? {};
  expect($schema).toBe('http://json-schema.org/draft-04/schema#');
  return new Ajv({ strict: false, formats: { 'date-time': true } }).compile(schema);
}

/** Returns the JSON examples of the page. */
function examples(): Record<string, unknown>[] {
  return [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => JSON.parse(text));
}

test('docs/events has the current schema of every event; `npm run docs:events` writes them', () => {
  const files = Object.fromEntries(
    readdirSync(eventSchemaFolder).map((name) => [name, readFileSync(new URL(name, eventSchemaFolder), 'utf8')]),
  );
  expect(files).toEqual(Object.fromEntries(eventSchemas().map(({ name, schema }) => [`${name}.json`, toFile(schema)])));
});

test('the page names every detail type', () => {
  for (const type of [...Object.keys(requestDetails), ...Object.keys(announcementDetails)]) {
    expect(page).toContain(`\`${type}\``);
  }
});

test('the request on the page is that of the example, and valid by the code and by its schema', async () => {
  const [detail = {}] = examples();
  const [entry] = JSON.parse(readFileSync(new URL('../../examples/events/request.json', import.meta.url), 'utf8'));
  expect(JSON.parse(entry.Detail)).toEqual(detail);
  const type: string = entry.DetailType;
  if (!isRequestType(type)) throw new Error(`${type} is no request`);
  expect(await readRequest(type, detail)).toMatchObject({ metadata: { actor: 'alice' }, data: { tenant_id: 'acme' } });
  const [, announcement] = examples();
  const event = { ...announcement, 'detail-type': type, source: entry.Source, detail };
  const validate = schemaOf(type);
  expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...event, detail: { data: { tenant_id: 'acme' } } })).toBe(false);
});

test('the announcement on the page is valid, by the code and by its schema', () => {
  const [, event] = examples();
  const { 'detail-type': type, detail } = EventEnvelope.parse(event);
  const details: Record<string, { parse(detail: unknown): unknown } | undefined> = announcementDetails;
  expect(details[type]?.parse(detail)).toEqual(detail);
  const validate = schemaOf(type);
  expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...event, source: 'crm' })).toBe(false);
});
