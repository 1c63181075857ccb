/** The parameters of a path that fits a route's template, both cut at their slashes, still percent-encoded; nothing if it does not fit. */
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
