import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { messageOf, ProviderFailedError, ThrottledError } from 'berth/provider';
import type { NomadConfig } from './config.ts';

/*
 * The slice of Nomad's HTTP API that the provider uses, with the names of the API. Documentation:
 * https://developer.hashicorp.com/nomad/api-docs, of each call at its method. Needs Nomad 1.5, for services with checks,
 * `meta=true` and the datacenter `*`.
 */

export interface NomadJob {
  ID: string;
  Meta: Record<string, string> | null;
  TaskGroups: TaskGroup[];
  Version?: number;
  JobModifyIndex?: number;
  /** In nanoseconds since 1970. */
  SubmitTime?: number;
  /** True after a deployment of this version succeeded. */
  Stable?: boolean;
  /** True after `nomad job stop`. */
  Stop?: boolean;
  [field: string]: unknown;
}

export interface TaskGroup {
  Name: string;
  Count: number;
  Meta?: Record<string, string> | null;
  Tasks: { Name: string; Env?: Record<string, string> | null; [field: string]: unknown }[];
  [field: string]: unknown;
}

export interface Deployment {
  ID: string;
  JobVersion: number;
  Status: string;
  StatusDescription: string;
}

export interface TaskState {
  State: 'pending' | 'running' | 'dead';
  Failed: boolean;
  Restarts: number;
  Events: { Type: string; DisplayMessage: string; Details: Record<string, string> | null }[];
}

export interface Allocation {
  ID: string;
  TaskGroup: string;
  JobVersion: number;
  DesiredStatus: 'run' | 'stop' | 'evict';
  ClientStatus: 'pending' | 'running' | 'complete' | 'failed' | 'lost' | 'unknown';
  DeploymentStatus: { Healthy: boolean | null; Canary: boolean } | null;
  TaskStates: Record<string, TaskState> | null;
  CreateIndex: number;
}

/** Counts of nodes that could not take a group, by the reason. */
export interface PlacementFailure {
  NodesEvaluated: number;
  DimensionExhausted: Record<string, number> | null;
  ConstraintFiltered: Record<string, number> | null;
}

export interface PortMapping {
  Label: string;
  Value: number;
  HostIP: string;
}

interface Request {
  method?: string;
  query?: Record<string, string>;
  body?: object;
  signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 30_000;

export class NomadApi {
  readonly #config: NomadConfig;
  readonly #headers: Record<string, string>;
  readonly #ca: Buffer | undefined;

  constructor(config: NomadConfig, token: string | undefined) {
    this.#config = config;
    this.#headers = { 'content-type': 'application/json', ...(token && { 'x-nomad-token': token }) };
    this.#ca = config.ca_file === undefined ? undefined : readFileSync(config.ca_file);
  }

  /** Returns what a path has; undefined if there is nothing (404). */
  async get<T>(path: string, { signal }: { signal?: AbortSignal | undefined }): Promise<T | undefined> {
    return (await this.#request(path, { signal })).body as T | undefined;
  }

  /**
   * Lists jobs page by page: `next_token` and the header `X-Nomad-NextToken`
   * (https://developer.hashicorp.com/nomad/api-docs#pagination); `meta` adds the labels (api-docs/jobs#list-jobs).
   */
  async *jobs(prefix: string, { signal }: { signal?: AbortSignal | undefined }) {
    for (let next: string | undefined = ''; next !== undefined; ) {
      const query = { prefix, meta: 'true', per_page: '100', ...(next && { next_token: next }) };
      const page = await this.#request('/jobs', { query, signal });
      yield* (page.body ?? []) as { ID: string; Status: string; Meta: Record<string, string> | null }[];
      next = page.next;
    }
  }

  /**
   * Registers a job if nothing changed it since `index`; 0 stands for a job that does not exist (`EnforceIndex`,
   * api-docs/jobs#create-job). Returns false if something did. Nomad compares before it appends to its log, so of two
   * requests within a millisecond both can pass; the later one is then the newer version.
   */
  async register(job: NomadJob, index: number, { signal }: { signal?: AbortSignal | undefined }): Promise<boolean> {
    const body = { Job: job, EnforceIndex: true, JobModifyIndex: index };
    const answer = await this.#request('/jobs', { method: 'POST', body, signal });
    return answer.conflict !== true;
  }

  /** Stops a job and deletes it with its versions (api-docs/jobs#stop-a-job). Ignores cancellation. */
  async purge(id: string): Promise<void> {
    await this.#request(`/job/${encodeURIComponent(id)}`, { method: 'DELETE', query: { purge: 'true' } });
  }

  async #request(path: string, request: Request): Promise<{ body?: unknown; next?: string; conflict?: true }> {
    const { address } = this.#config;
    const { status, next, said } = await this.#send(path, request).catch((error: unknown) => {
      request.signal?.throwIfAborted();
      // A refused connection to two addresses of a name has a code and no message.
      const why = messageOf(error) || (error as NodeJS.ErrnoException).code;
      throw new ProviderFailedError(`Nomad at ${address} did not answer: ${why}`, { cause: error });
    });
    if (status === 200) return { body: JSON.parse(said), ...(next && { next }) };
    if (status === 404) return {};
    // Nomad answers refusals of its servers with 500 and a text: `nomad/job_endpoint.go`, RegisterEnforceIndexErrPrefix.
    if (said.startsWith('Enforcing job modify index')) return { conflict: true };
    if (status === 429) throw new ThrottledError(`Nomad at ${address} limits requests`);
    if (status === 403) {
      throw new ProviderFailedError(`Nomad at ${address} refuses the token: ${said.slice(0, 200)}`, {
        retryable: false,
        hint: 'Set token_env. The policy needs list-jobs, read-job and submit-job in the namespace.',
      });
    }
    const retryable = status >= 500 && !/validation|invalid/i.test(said);
    throw new ProviderFailedError(`Nomad answered ${status}: ${said.trim().slice(0, 500)}`, { retryable });
  }

  /** Sends a request with `node:http`: `fetch` takes no CA of its own. */
  async #send(path: string, { method = 'GET', query = {}, body, signal }: Request) {
    const { address, namespace, region } = this.#config;
    const url = new URL(`/v1${path}`, address);
    url.search = new URLSearchParams({ namespace, ...(region && { region }), ...query }).toString();
    const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
    const signals = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
    const sent = request(url, { method, headers: this.#headers, signal: signals, ...(this.#ca && { ca: this.#ca }) });
    const response = once(sent, 'response');
    sent.on('error', () => {}); // `response` rejects; a later error ends the body.
    sent.end(body && JSON.stringify(body));
    const [answer] = await response;
    const said = await text(answer);
    return {
      status: answer.statusCode as number,
      next: answer.headers['x-nomad-nexttoken'] as string | undefined,
      said,
    };
  }
}
