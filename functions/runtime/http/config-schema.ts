import * as z from 'zod';
import { configSchemaOf, type Provider } from '../../../src/compute/provider.ts';

/** What a specification may say in `provider_config`, before defaults are filled in, as JSON Schema (2020-12). */
export async function describeConfig(provider: Provider): Promise<Record<string, unknown>> {
  const schema = (await configSchemaOf(provider)) ?? z.strictObject({});
  return z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' });
}
