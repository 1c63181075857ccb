/** The fields of a problem that a hint depends on. */
export interface Hinting {
  code: string;
  hint: string;
  operationId?: string | undefined;
  requestId?: string | undefined;
}

/** Returns the hint of a problem, with the commands of this command line instead of parts of the HTTP interface. */
export function hintOf({ code, hint, operationId, requestId }: Hinting): string {
  const tenant = operationId?.split('.')[0];
  if (code === 'operation_in_progress' && tenant) return `Wait for it to end with: berth status ${tenant} --wait`;
  if (code === 'revision_conflict')
    return 'The tenant changed in the meantime. Run the command again to see the new plan.';
  if (code === 'tenant_not_found') return 'berth get tenants lists all tenants. berth apply -f FILE provisions one.';
  if (code === 'revision_not_found') return 'berth history TENANT lists the revisions.';
  if (code === 'internal' && requestId) return `${hint} Request id: ${requestId}`;
  return hint;
}
