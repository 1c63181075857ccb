import type { IncomingHttpHeaders } from 'node:http';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Returns true for a host, with or without a port, that is this machine. */
export function isThisMachine(host: string): boolean {
  return LOOPBACK.has(host.replace(/:[0-9]{1,5}$/, '').toLowerCase());
}

/**
 * Refuses requests of web pages, which a browser on this machine would otherwise let call the local host. A page whose name
 * resolves to 127.0.0.1 (DNS rebinding) shows in `Host`; any other foreign page shows in `Origin`. Throws `HttpError`.
 */
export function checkCaller({ host, origin }: IncomingHttpHeaders, hosts: readonly string[] = []): void {
  if (hosts.length > 1) throw new HttpError('misdirected_request', 'send exactly one host header');
  if (host === undefined || !isThisMachine(host)) {
    throw new HttpError('misdirected_request', 'the host header must name this machine');
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw new HttpError('forbidden_origin', 'other web pages may not call the local host');
  }
}
