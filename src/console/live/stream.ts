import { createParser } from 'eventsource-parser';
import { currentToken, tokenIsNeeded } from '../api/token.ts';

/** What the page reads of an announcement. The whole envelope is in docs/events. */
interface Announcement {
  detail?: { data?: { tenant_id?: unknown } };
}

export interface StreamListener {
  onOpen(): void;
  onTenant(tenantId: string): void;
}

/** How a stream ended: the host has none, it wants a token, or the connection broke. */
export type StreamEnd = 'unsupported' | 'unauthorized' | 'broken';

/**
 * Reads the stream of announcements until it ends. `EventSource` does the same, but sends no token. A stream that breaks is
 * not resumed: the page reads everything again, which also covers what no announcement tells.
 */
export async function readStream({ onOpen, onTenant }: StreamListener, signal: AbortSignal): Promise<StreamEnd> {
  const token = currentToken();
  const headers = { accept: 'text/event-stream', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  try {
    const response = await fetch('/v1/events', { headers, signal });
    if (response.status === 401) {
      tokenIsNeeded.value = true;
      return 'unauthorized';
    }
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!response.ok || !isStream || !response.body) return response.status < 500 ? 'unsupported' : 'broken';
    onOpen();
    const parser = createParser({ onEvent: ({ data }) => tell(data, onTenant) });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parser.feed(decoder.decode(part.value, { stream: true }));
    }
  } catch {
    // The connection broke, or the signal ended it.
  }
  return 'broken';
}

function tell(data: string, onTenant: StreamListener['onTenant']): void {
  const tenantId = (JSON.parse(data) as Announcement).detail?.data?.tenant_id;
  if (typeof tenantId === 'string') onTenant(tenantId);
}
