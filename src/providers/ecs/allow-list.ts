const TENANT = '{tenant_id}';

/**
 * Whether a tenant may choose a value. The entries are the operator's: literal, but that `{tenant_id}` stands for the
 * tenant's own id and `*` for any text. It is taken apart by hand, so that no entry can make a slow expression.
 */
export function isAllowed(value: string, entries: readonly string[], tenantId: string): boolean {
  return entries.some((entry) => matches(value, entry.replaceAll(TENANT, tenantId).split('*')));
}

/** An entry as the resource of a policy, where the tenant is not known. */
export function toPolicyPattern(entry: string): string {
  return entry.replaceAll(TENANT, '*');
}

function matches(value: string, [first = '', ...rest]: readonly string[]): boolean {
  if (rest.length === 0) return value === first;
  const last = rest.pop() ?? '';
  if (!value.startsWith(first) || value.length < first.length + last.length || !value.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = value.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= value.length - last.length;
}
