/** Something changed at the control plane. */
export interface Change {
  /** Tenants to read again; `any` after a time in which changes were not told. */
  tenantIds: readonly string[] | 'any';
}

const listeners = new Set<(change: Change) => void>();

/** Calls a listener for each change. Returns a function that removes it. */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellChange(change: Change): void {
  for (const listener of listeners) listener(change);
}
