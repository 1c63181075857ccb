/** The part of `fetch` that the client uses. */
export type Fetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    /** The client follows no redirect: it would send the credentials to another host. */
    redirect: 'manual';
    signal?: AbortSignal;
  },
) => Promise<FetchResponse>;

/** The part of a `Response` that the client uses. */
export interface FetchResponse {
  status: number;
  ok: boolean;
  headers: ResponseHeaders;
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
}

export interface ResponseHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
}
