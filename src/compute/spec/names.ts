/** Tenant ids and container names are DNS labels (RFC 1123), so that every backend accepts them as names. */
export const DNS_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Tells whether `input` is a valid tenant id. The schema `TenantId` accepts the same, and explains mistakes. */
export function isTenantId(input: unknown): input is string {
  return typeof input === 'string' && DNS_LABEL.test(input);
}

/** Names of providers. */
export const PROVIDER_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Tells whether `input` is a valid provider name. The schema `ProviderName` accepts the same, and explains mistakes. */
export function isProviderName(input: unknown): input is string {
  return typeof input === 'string' && PROVIDER_NAME.test(input);
}

/** Names that Berth itself uses: the front door of one machine, and the control plane and its addresses on AWS. */
const OWN_NAMES = ['localhost', 'amazonaws.com', 'on.aws'] as const;

/** Says what `isHostname` requires. */
export const HOSTNAME_RULE =
  'hostname must be a DNS name of two labels or more in lower-case letters, digits and hyphens, such as shop.example.com: ' +
  `no wildcard, no address, no international name (xn--), and none that ends in ${OWN_NAMES.join(', ')}`;

/**
 * Returns true for a host name that a tenant may have. International names are refused, because letters of other scripts
 * look like those of another tenant's name. Addresses end in a number; no top-level domain does.
 */
export function isHostname(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.split('.');
  if (labels.length < 2 || /^[0-9]/.test(labels.at(-1) ?? '')) return false;
  if (!labels.every((label) => DNS_LABEL.test(label) && !label.startsWith('xn--'))) return false;
  return !OWN_NAMES.some((own) => text === own || text.endsWith(`.${own}`));
}

/** Tells whether a text is a URL in visible ASCII, from which the URL parser strips nothing. */
export function isUrl(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text) && URL.canParse(text);
}

const DOMAIN = /^[a-zA-Z0-9]+(?:(?:\.|-+)[a-zA-Z0-9]+)*(?::[0-9]{1,5})?$/;
/** Path components, separated by slashes. */
const PATH = /^[a-z0-9]+(?:(?:[._]|__|-{1,8})[a-z0-9]+){0,63}(?:\/[a-z0-9]+(?:(?:[._]|__|-{1,8})[a-z0-9]+){0,63})*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]{0,31}:[0-9a-fA-F]{32,128}$/;

/**
 * Tells whether a text is an image reference, `[domain/]path[:tag][@digest]`, by the grammar of the distribution project
 * (github.com/distribution/reference). Checks it part by part, so that every step takes linear time.
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

/** A path that a volume can be mounted at: absolute, below the root, in visible ASCII, one spelling for each. */
export const VOLUME_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[!-+.0-9;-~-]+)+$/;
