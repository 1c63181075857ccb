import * as z from 'zod';
import type { Route } from '../routes.ts';
import { OperationView } from '../runtime/tenant-view.ts';

export const Plan = z.object({
  tenant_id: z.string(),
  provider_type: z.string(),
  action: z.enum(['provision', 'update', 'none']),
  revision: z.int().nullable().describe('The revision that the tenant is at; null where there is none'),
  changes: z.array(
    z.object({
      pointer: z.string(),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
      effect: z.enum(['in_place', 'replace']),
    }),
  ),
  warnings: z.array(z.string()),
});

export const OperationList = z.object({ operations: z.array(OperationView) });

export const LogQuery = z.strictObject({
  container: z.string().optional().describe('Only this container'),
  tail: z.int().min(1).max(1000).default(100).describe('At most so many lines of each container'),
  cursor: z.string().optional().describe('The next_cursor of the answer before: only what came after it'),
});

export const LogPage = z.object({
  lines: z.array(z.object({ container: z.string(), time: z.string().optional(), text: z.string() })),
  next_cursor: z.string().nullable(),
});

export const upcoming = [
  {
    operation: 'plan-tenant',
    method: 'POST',
    path: '/v1/tenants/plan',
    summary: 'Tells what an apply of this specification would change, and does nothing.',
    answers: { 200: 'The plan.' },
  },
  {
    operation: 'list-operations',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/operations',
    summary: 'Lists the operations of a tenant, newest first.',
    query: ['limit'],
    answers: { 200: 'The operations.' },
  },
  {
    operation: 'get-tenant-logs',
    method: 'GET',
    path: '/v1/tenants/{tenant_id}/logs',
    summary: 'Reads what the containers of a tenant wrote.',
    query: ['container', 'tail', 'cursor'],
    answers: { 200: 'The newest lines, oldest first.' },
  },
] as const satisfies readonly Route[];
