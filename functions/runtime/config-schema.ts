import * as z from 'zod';
import type { Provider } from '../../src/compute/provider.ts';

/** What a specification may say in `provider_config`, before defaults are filled in, as JSON Schema (2020-12). */
export function configSchemaOf({ configSchema = z.strictObject({}) }: Provider): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' });
}
