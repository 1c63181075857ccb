import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** Requests an address of a tenant and returns the body. Names below `localhost` do not resolve on every machine. */
export function askAddress(url: string): Promise<string> {
  const { host, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: pathname, headers: { host }, agent: false }, (response) => {
      text(response).then(resolve, reject);
    }).on('error', reject);
  });
}
