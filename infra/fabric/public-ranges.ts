/** Networks that are not on the internet: RFC 1918, and RFC 6598, whose range VPCs may have too. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].map(parseRange);

interface Range {
  first: number;
  size: number;
}

/**
 * Returns the IPv4 ranges of the internet: everything but private networks. Rules of security groups only allow, so the
 * private networks have to be left out of what is allowed.
 */
export function publicRanges(): string[] {
  return split({ first: 0, size: 2 ** 32 }).map(renderRange);
}

/** Halves a range until each part is private as a whole, and left out, or not at all. */
function split(range: Range): Range[] {
  const overlapping = PRIVATE.filter((one) => overlaps(one, range));
  if (overlapping.length === 0) return [range];
  if (overlapping.some((one) => one.first <= range.first && endOf(one) >= endOf(range))) return [];
  const size = range.size / 2;
  return [...split({ first: range.first, size }), ...split({ first: range.first + size, size })];
}

function overlaps(one: Range, other: Range): boolean {
  return one.first < endOf(other) && other.first < endOf(one);
}

function endOf({ first, size }: Range): number {
  return first + size;
}

function parseRange(text: string): Range {
  const [address = '', bits = ''] = text.split('/');
  const first = address.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
  return { first, size: 2 ** (32 - Number(bits)) };
}

function renderRange({ first, size }: Range): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${octets.join('.')}/${32 - Math.log2(size)}`;
}
