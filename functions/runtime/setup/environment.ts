import * as z from 'zod';
import { PROVIDER_NAME } from '../../../src/compute/spec/names.ts';
import { type ProviderType, providerTypes } from '../../../src/providers/catalog.ts';
import { LOG_LEVELS } from '../telemetry/log-levels.ts';

const types = Object.keys(providerTypes) as ProviderType[];

/** One entry of BERTH_PROVIDERS: the type, and beside it the defaults of `provider_config` for every tenant. */
const ProviderEntry = z.looseObject(
  { type: z.enum(types, `type must be one of ${types.join(', ')}`) },
  'must be an object with the type of the provider',
);

const Name = z
  .string()
  .regex(PROVIDER_NAME, 'names must be 1 to 63 lower-case letters, digits or hyphens, not beginning with a hyphen');

const Providers = z
  .record(Name, ProviderEntry, {
    // Without what a parser says: it quotes what it read.
    error: ({ input }) =>
      typeof input === 'string'
        ? 'must be JSON, such as {"process":{"type":"process"}}'
        : 'must be a JSON object of provider names',
  })
  .refine((providers) => Object.keys(providers).length > 0, 'must name at least one provider')
  .meta({ minProperties: 1 });

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

/** The variables that are read, each as the value that its text stands for. */
export const Environment = z.object({
  BERTH_PROVIDERS: Providers.default({ process: { type: 'process' } }),
  DOCKER_HOST: z.string().optional(),
  BERTH_DATA_DIR: z.string().default('.berth'),
  BERTH_PORT: wholeNumber(0, 65_535).default(8787),
  BERTH_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('INFO'),
  BERTH_INSTALLATION: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .default('berth'),
  BERTH_STATUS_MAX_AGE_MS: wholeNumber(0, 60_000).default(2000),
  BERTH_EVENT_BUS: z.string().optional(),
  BERTH_TABLE: z
    .string()
    .regex(/^[A-Za-z0-9_.:/-]{3,1024}$/, 'must be the name of a DynamoDB table')
    .optional(),
  BERTH_OPERATION_DEADLINE_SECONDS: wholeNumber(1, 86_400).default(900),
});
export type Environment = z.output<typeof Environment>;
