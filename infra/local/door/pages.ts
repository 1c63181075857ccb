import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** What a visitor reads where no tenant answers. */
export interface Page {
  status: 400 | 404 | 502 | 503 | 504;
  title: string;
  text: string;
  /** Seconds after which it is worth to try again. */
  retryAfter?: number | undefined;
}

/** Sends a page: HTML for browsers, text for anything else. */
export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const isBrowser = request.headers.accept?.includes('text/html') === true;
  const body = isBrowser ? toHtml(page) : `${page.title}\n\n${page.text}\n`;
  response.writeHead(page.status, { ...headersOf(page, body), 'content-type': `text/${isBrowser ? 'html' : 'plain'}` });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Refuses to upgrade a connection. */
export function refuseUpgrade(socket: Socket, page: Page): void {
  const body = `${page.title}\n\n${page.text}\n`;
  const headers = { ...headersOf(page, body), 'content-type': 'text/plain', connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${page.status} ${STATUS_CODES[page.status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function headersOf({ retryAfter }: Page, body: string): Record<string, string> {
  return {
    'content-length': String(Buffer.byteLength(body)),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
}

function toHtml({ title, text }: Page): string {
  const [safeTitle, safeText] = [title, text].map((part) =>
    part.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`),
  );
  const head = `<meta charset="utf-8"><title>${safeTitle}</title>`;
  return `<!doctype html><html lang="en">${head}<h1>${safeTitle}</h1><p>${safeText}</p></html>\n`;
}
