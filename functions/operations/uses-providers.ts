import { type OperationName, operations } from '../operations.ts';
import type { Row } from './row.ts';

/** Returns true if the function of an operation calls providers or has to know them. */
export function usesProviders(operation: OperationName): boolean {
  const { registry, provider }: Row = operations[operation];
  return registry || provider.length > 0;
}
