import * as z from 'zod';
import { TenantComputeSpec } from './spec.ts';

/** Returns the JSON Schema of a specification as users write it. */
export function specJsonSchema(target: 'draft-2020-12' | 'draft-7' = 'draft-2020-12'): Record<string, unknown> {
  return z.toJSONSchema(TenantComputeSpec, { io: 'input', target, unrepresentable: 'any' });
}

/**
 * Returns the schema of a file, in draft 7, which editors know best. It permits `$schema`, by which a file names its schema:
 * the command line ignores that field, and the API refuses it.
 */
export function specFileSchema(): Record<string, unknown> {
  const { $schema, properties, ...schema } = specJsonSchema('draft-7');
  return {
    $schema,
    title: 'Specification of a tenant of Berth',
    ...schema,
    properties: {
      $schema: { type: 'string', description: 'The schema of this file, for editors. The command line ignores it' },
      ...(properties as Record<string, unknown>),
    },
  };
}
