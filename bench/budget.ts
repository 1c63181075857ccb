import type { Row } from '../functions/operations/row.ts';
import { type OperationName, operationNames, operations } from '../functions/operations.ts';

/** Limits of one bundled function. */
export interface Budget {
  /** KB of JavaScript that it can load. */
  total: number;
  /** KB that a cold start loads before the first event. */
  loaded: number;
  /** CPU time of importing the function, divided by that of an empty handler. */
  coldImport: number;
}

/** Functions share almost all code; the differences are small or loaded on demand. */
const classes: Readonly<Record<Row['budget'], Budget>> = {
  reads: { total: 860, loaded: 124, coldImport: 1.6 },
  changes: { total: 860, loaded: 178, coldImport: 1.7 },
  events: { total: 895, loaded: 222, coldImport: 1.9 },
  // They merge patches and plan; those that start one read specifications, too.
  rollouts: { total: 890, loaded: 214, coldImport: 1.9 },
};

/** The budget of each function with the provider `ecs`. `npm run size` fails if a function exceeds it. */
export const budgets = Object.fromEntries(
  operationNames.map((operation) => [operation, classes[operations[operation].budget]]),
) as Record<OperationName, Budget>;
