/** The parameters of a path that fits a route's template, still percent-encoded, or nothing if it does not fit. */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const pattern = template.split('/');
  const segments = path.split('/');
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!expected.startsWith('{')) {
      if (segment !== expected) return undefined;
    } else {
      if (segment === '') return undefined;
      params[expected.slice(1, -1)] = segment;
    }
  }
  return params;
}
