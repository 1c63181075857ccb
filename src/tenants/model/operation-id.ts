export function operationId(tenantId: string, incarnation: string, seq: number): string {
  return `${tenantId}.${incarnation}.${seq}`;
}

/** The parts of an operation id; undefined where it is not one. */
export function parseOperationId(id: string): { tenantId: string; incarnation: string; seq: number } | undefined {
  const match = /^([a-z0-9-]{1,63})\.([a-z0-9]{12})\.([1-9][0-9]{0,8})$/.exec(id);
  const [, tenantId, incarnation, seq] = match ?? [];
  return tenantId && incarnation && seq ? { tenantId, incarnation, seq: Number(seq) } : undefined;
}
