import { registerHooks } from 'node:module';

/**
 * Runs in a separate process to observe what it loads: sends one request to the endpoint in its argument, and prints the
 * packages that were loaded and the authorization header.
 */
const packages = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    if (/^@?[a-z]/.test(specifier) && !specifier.startsWith('node:')) packages.add(specifier);
    return next(specifier, context);
  },
});

const { createClient } = await import('../../src/client/index.ts');
let authorization: string | null = null;
const client = createClient({
  endpoint: process.argv[2] ?? '',
  async fetch(_url, init) {
    authorization = new Headers(init?.headers).get('authorization');
    const headers = { 'content-type': 'application/json', 'x-request-id': 'r' };
    return new Response('{"providers":[]}', { headers });
  },
});
await client.listProviders();
process.stdout.write(JSON.stringify({ packages: [...packages], authorization }));
