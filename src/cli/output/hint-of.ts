/** What a hint is made of: a problem, as the client throws it. */
export interface Hinting {
  code: string;
  hint: string;
  operationId?: string | undefined;
  requestId?: string | undefined;
}

/** Some hints name parts of HTTP; whoever uses the command line wants its commands. */
export function hintOf({ code, hint, operationId, requestId }: Hinting): string {
  const tenant = operationId?.split('.')[0];
  if (code === 'operation_in_progress' && tenant) return `Wait for it to end with: berth status ${tenant} --wait`;
  if (code === 'revision_conflict')
    return 'Somebody changed it meanwhile. Run the command again: it shows what it would change now.';
  if (code === 'tenant_not_found')
    return 'berth get tenants lists those that there are; berth apply -f FILE makes one.';
  if (code === 'revision_not_found') return 'berth history shows the revisions of a tenant.';
  if (code === 'internal' && requestId) return `${hint} Request id: ${requestId}`;
  return hint;
}
