import * as z from 'zod';
import { announcementDetails } from '../tenants/model/announcement.ts';
import { ANNOUNCEMENT_SOURCE } from '../tenants/model/announcing.ts';
import { requestDetails } from './request.ts';

/** The JSON Schema of an event, as the schema registry of EventBridge takes it. */
export interface EventSchema {
  /** Such as `tenant-provision-requested`: also the name of the file in `docs/events`. */
  name: string;
  detailType: string;
  schema: Record<string, unknown>;
}

/**
 * Returns the schema of every event that Berth receives or sends, as JSON Schema draft 4: the registry takes that and
 * OpenAPI 3.
 * https://docs.aws.amazon.com/eventbridge/latest/schema-reference/what-is-eventbridge-schemas-api.html
 */
export function eventSchemas(): EventSchema[] {
  const requests = Object.entries(requestDetails).map(([type, detail]) => render(type, z.string(), detail, 'input'));
  const source = z.literal(ANNOUNCEMENT_SOURCE);
  const announcements = Object.entries(announcementDetails).map(([type, detail]) =>
    render(type, source, detail, 'output'),
  );
  return [...requests, ...announcements];
}

/** Drops the pattern that zod adds to times: the format says the same, and the pattern is longer than the rest. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

function render(detailType: string, source: z.ZodType, detail: z.ZodType, io: 'input' | 'output'): EventSchema {
  const event = z
    .looseObject({
      version: z.literal('0'),
      id: z.string().describe('Set by EventBridge; differs each time that the event is put'),
      'detail-type': z.literal(detailType),
      source: source.describe('The application that put the event'),
      account: z.string(),
      time: z.iso.datetime(),
      region: z.string(),
      resources: z.array(z.string()),
      detail,
    })
    .meta({ title: detailType });
  const schema = z.toJSONSchema(event, { target: 'draft-4', io, unrepresentable: 'any', override });
  return { name: detailType.toLowerCase().replaceAll(' ', '-'), detailType, schema };
}
