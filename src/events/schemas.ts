import * as z from 'zod';
import { announcementDetails } from '../tenants/model/announcement.ts';
import { ANNOUNCEMENT_SOURCE } from '../tenants/model/announcing.ts';
import { requestDetails } from './request.ts';

/** The JSON Schema of an event, as the schema registry of EventBridge takes it. */
export interface EventSchema {
  /** Such as `tenant-provision-requested`: also the name of its file in `docs/events`. */
  name: string;
  detailType: string;
  schema: Record<string, unknown>;
}

/**
 * Every event that Berth takes or sends, whole, as JSON Schema draft 4: the registry knows that and OpenAPI 3.
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

/** Times go by their format: the pattern that zod adds is longer than all the rest. */
function override({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
}

function render(detailType: string, source: z.ZodType, detail: z.ZodType, io: 'input' | 'output'): EventSchema {
  const event = z
    .looseObject({
      version: z.literal('0'),
      id: z.string().describe('Given by EventBridge; another one for each time that the event is put'),
      'detail-type': z.literal(detailType),
      source: source.describe('Who put it'),
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
