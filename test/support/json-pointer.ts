/** Follows an RFC 6901 pointer. Throws where the pointer itself is malformed. */
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
