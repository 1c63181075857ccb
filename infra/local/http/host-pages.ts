import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';

/** Lets the reference page load from this host only. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ownFile = (path: string) => () => new URL(path, import.meta.url);
/**
 * The package has its own copy of these files. It does not depend on swagger-ui-dist, which depends on a package that sends
 * telemetry when it is installed.
 */
const swaggerUi = (file: string) =>
  extname(import.meta.url) === '.ts'
    ? () => new URL(import.meta.resolve(`swagger-ui-dist/${file}`))
    : ownFile(`./pages/swagger-ui/${file}`);

/** The files for a browser, by the path that serves them. */
const pages: Readonly<Record<string, { type: string; file: () => URL }>> = {
  '/openapi.json': { type: 'application/json', file: ownFile('../../../docs/openapi.json') },
  '/docs': { type: 'text/html; charset=utf-8', file: ownFile('./pages/docs.html') },
  '/docs/start.js': { type: 'text/javascript; charset=utf-8', file: ownFile('./pages/start.js') },
  '/docs/swagger-ui.js': { type: 'text/javascript; charset=utf-8', file: swaggerUi('swagger-ui-bundle.js') },
  '/docs/swagger-ui.css': { type: 'text/css; charset=utf-8', file: swaggerUi('swagger-ui.css') },
  '/docs/favicon.png': { type: 'image/png', file: swaggerUi('favicon-32x32.png') },
};

/** Returns a page of the host, or undefined for any other path. On AWS there are no pages. */
export async function hostPage(
  method: string,
  path: string,
  requestId: string,
): Promise<APIGatewayProxyStructuredResultV2 | undefined> {
  if (path === '/' && (method === 'GET' || method === 'HEAD')) {
    return { statusCode: 302, headers: { location: '/docs', 'x-request-id': requestId }, body: '' };
  }
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) return undefined;
  if (method !== 'GET' && method !== 'HEAD') {
    throw new HttpError('method_not_allowed', 'this path allows GET, HEAD', { allow: 'GET, HEAD' });
  }
  const bytes = await readFile(page.file());
  return {
    statusCode: 200,
    headers: {
      'content-type': page.type,
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
    },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  };
}
