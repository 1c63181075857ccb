import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { HttpError } from '../../../functions/runtime/http/http-error.ts';
import { consoleFiles } from './console-files.ts';

/** Lets a page load from this host only. */
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

/** The files of the console have a hash of their content in the name. */
const assetTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const FOR_EVER = 'public, max-age=31536000, immutable';
const CONSOLE = '/console/';

interface PageRequest {
  method: string;
  path: string;
  /** The header `Accept`: browsers that follow a link ask for HTML. */
  accept: string | undefined;
  requestId: string;
}

interface Page {
  type: string;
  body: Buffer;
  cacheControl: string;
}

/** Returns a page of the host, or undefined for any other path. On AWS there are no pages. */
export async function hostPage({
  method,
  path,
  accept,
  requestId,
}: PageRequest): Promise<APIGatewayProxyStructuredResultV2 | undefined> {
  const isRead = method === 'GET' || method === 'HEAD';
  if ((path === '/' && isRead) || path === '/console') {
    const location = path === '/' && !accept?.includes('text/html') ? '/docs' : CONSOLE;
    return { statusCode: 302, headers: { location, vary: 'accept', 'x-request-id': requestId }, body: '' };
  }
  const page = path.startsWith(CONSOLE) ? await consolePage(path.slice(CONSOLE.length)) : await filePage(path);
  if (!page) return undefined;
  if (!isRead) throw new HttpError('method_not_allowed', 'this path allows GET, HEAD', { allow: 'GET, HEAD' });
  return {
    statusCode: 200,
    headers: {
      'content-type': page.type,
      'content-security-policy': POLICY,
      'cache-control': page.cacheControl,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
    },
    body: page.body.toString('base64'),
    isBase64Encoded: true,
  };
}

async function filePage(path: string): Promise<Page | undefined> {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  return page && { type: page.type, body: await readFile(page.file()), cacheControl: 'no-cache' };
}

/** Returns an asset of the console, and the page itself for every other path: its rooms have addresses of their own. */
async function consolePage(path: string): Promise<Page | undefined> {
  const files = await consoleFiles();
  if (!path.startsWith('assets/')) {
    const body = Buffer.from(files.get('index.html') ?? '');
    return { type: 'text/html; charset=utf-8', body, cacheControl: 'no-cache' };
  }
  const content = files.get(path);
  const type = assetTypes[extname(path)];
  return content === undefined || type === undefined
    ? undefined
    : { type, body: Buffer.from(content), cacheControl: FOR_EVER };
}
