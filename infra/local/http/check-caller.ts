import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Returns true for a host, with or without a port, that is this machine. */
export function isThisMachine(host: string): boolean {
  return LOOPBACK.has(host.replace(/:[0-9]{1,5}$/, '').toLowerCase());
}

/**
 * Refuses requests of web pages, which a browser on this machine would otherwise let call the local host: those of tenants,
 * which are pages of this machine, too, and any other. A page whose name resolves to 127.0.0.1 (DNS rebinding) shows in
 * `Host`; any other foreign page shows in `Origin` or, where a browser sends none, in `Sec-Fetch-Site`. A link from such a
 * page is followed: the page does not see what it leads to. Throws `HttpError`.
 */
export function checkCaller(headers: IncomingHttpHeaders, hosts: readonly string[] = []): void {
  const { host, origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  if (hosts.length > 1) throw new HttpError('misdirected_request', 'send exactly one host header');
  if (host === undefined || !isThisMachine(host)) {
    throw new HttpError('misdirected_request', 'the host header must name this machine');
  }
  const isForeign = site === 'cross-site' || site === 'same-site';
  const isLink = mode === 'navigate' && destination === 'document';
  if ((isForeign && !isLink) || (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`)) {
    throw new HttpError('forbidden_origin', 'other web pages may not call the local host');
  }
}
