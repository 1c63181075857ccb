/**
 * Returns the parameters of a path, still percent-encoded, or undefined if the path does not match the template. Both are
 * given as their segments.
 */
export function matchPath(template: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (template.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (let index = 0; index < template.length; index += 1) {
    const expected = template[index] ?? '';
    const segment = path[index] ?? '';
    if (expected.startsWith('{') && segment !== '') params[expected.slice(1, -1)] = segment;
    else if (segment !== expected) return undefined;
  }
  return params;
}
