/** Fits the paths of a route's template. Its groups are the parameters, still percent-encoded. */
export function pathPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}
