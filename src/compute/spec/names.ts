/** Tenant ids and container names: a DNS label (RFC 1123), so that they can be names everywhere. */
export const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether it could be the id of a tenant; the schema `TenantId` says the same, and why not. */
export function isTenantId(input: unknown): input is string {
  return typeof input === 'string' && DNS_LABEL.test(input);
}

/** Names of providers. */
export const PROVIDER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Whether it could be the name of a provider; the schema `ProviderName` says the same, and why not. */
export function isProviderName(input: unknown): input is string {
  return typeof input === 'string' && PROVIDER_NAME.test(input);
}

/** Whether a text is a URL in visible ASCII, of which nothing is stripped when it is parsed. */
export function isUrl(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text) && URL.canParse(text);
}

const DOMAIN = /^[a-zA-Z0-9]+(?:(?:\.|-+)[a-zA-Z0-9]+)*(?::[0-9]{1,5})?$/;
/** Components, with a slash between them. */
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-{1,8})[a-z0-9]+){0,63}(?:\/[a-z0-9]+(?:(?:[._]|__|-{1,8})[a-z0-9]+){0,63})*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]{0,31}:[0-9a-fA-F]{32,128}$/;

/**
 * Whether a text is an image reference, `[domain/]path[:tag][@digest]`, by the grammar of the distribution project
 * (github.com/distribution/reference), read piece by piece so that every step takes linear time.
 */
export function isImageReference(text: string): boolean {
  if (text.length === 0 || text.length > 512) return false;
  const at = text.indexOf('@');
  if (at >= 0 && !DIGEST.test(text.slice(at + 1))) return false;
  const named = at >= 0 ? text.slice(0, at) : text;
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon >= 0 && !TAG.test(named.slice(colon + 1))) return false;
  const name = colon >= 0 ? named.slice(0, colon) : named;
  const slash = name.indexOf('/');
  const first = slash >= 0 ? name.slice(0, slash) : '';
  const hasDomain = first.includes('.') || first.includes(':') || first === 'localhost';
  if (hasDomain && !DOMAIN.test(first)) return false;
  const path = hasDomain ? name.slice(slash + 1) : name;
  return path.length <= 255 && PATH.test(path);
}
