/** Resolves an RFC 6901 pointer. Throws if the pointer is malformed. */
export function resolvePointer(root: unknown, pointer: string): { found: boolean; value?: unknown } {
  if (!/^(?:\/(?:[^~/]|~[01])*)*$/u.test(pointer)) throw new Error(`not an RFC 6901 pointer: ${pointer}`);
  let value = root;
  for (const segment of pointer.split('/').slice(1)) {
    const key = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return { found: false };
    value = (value as Record<string, unknown>)[key];
  }
  return { found: true, value };
}

/** Returns a copy with the value at a pointer replaced; `undefined` removes it. */
export function replaceAt(root: unknown, pointer: string, value: unknown): unknown {
  const copy = structuredClone(root);
  const cut = pointer.lastIndexOf('/');
  const key = pointer
    .slice(cut + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
  const { value: parent } = resolvePointer(copy, pointer.slice(0, cut));
  if (value === undefined) delete (parent as Record<string, unknown>)[key];
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}
