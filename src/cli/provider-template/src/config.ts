import * as z from 'zod';

/**
 * The settings: the operator's defaults, overlaid with the `provider_config` of a specification. Unknown fields are refused.
 * `npx berth explain NAME` shows the descriptions.
 */
export const FolderConfig = z.strictObject({
  start_seconds: z
    .number('start_seconds must be a number of seconds')
    .min(0)
    .max(86_400)
    .default(0)
    .describe('How long a version takes to start'),
  broken: z.boolean('broken must be true or false').default(false).describe('True: the version fails to start'),
});
export type FolderConfig = z.output<typeof FolderConfig>;
