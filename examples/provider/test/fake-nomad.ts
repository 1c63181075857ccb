import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Allocation, NomadJob } from '../src/api.ts';
import { advance, type Cluster, newCluster, register } from './cluster.ts';

/** A killed process of the control plane: its requests reach a listener of its own, which ends at a change. */
export interface Killed {
  address: string;
  died(): boolean;
}

/**
 * Nomad's HTTP API in memory, for tests. It has no clock: each read of a job advances that job by one step of `cluster.ts`,
 * so tests are as fast as their requests, and reads of one status see different moments, as they do in reality.
 *
 * What a call answers is from https://developer.hashicorp.com/nomad/api-docs; texts of refusals are from
 * `nomad/job_endpoint.go` and `nomad/structs/errors.go`. No Nomad was at hand to compare with.
 */
export class FakeNomad {
  readonly cluster: Cluster = newCluster();
  readonly #servers: Server[] = [];
  readonly #token: string | undefined;

  constructor(token?: string) {
    this.#token = token;
  }

  async listen(): Promise<string> {
    return this.#serve((request, response) => this.#answer(request, response));
  }

  /** Returns an address whose change number `at` takes effect without an answer. No later request has any effect. */
  async mortal(at: number): Promise<Killed> {
    let changes = 0;
    const address = await this.#serve(async (request, response) => {
      if (changes >= at) return void request.socket.destroy();
      if (request.method !== 'GET') changes += 1;
      if (changes < at) return this.#answer(request, response);
      await this.#apply(request);
      request.socket.destroy();
    });
    return { address, died: () => changes >= at };
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  }

  async #serve(answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>): Promise<string> {
    const server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, next } = await this.#apply(request);
    if (next !== undefined) response.setHeader('X-Nomad-NextToken', next);
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  async #apply(request: IncomingMessage): Promise<{ status: number; body: unknown; next?: string | undefined }> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    if (this.#token !== undefined && request.headers['x-nomad-token'] !== this.#token) {
      return { status: 403, body: 'Permission denied' };
    }
    const [, , noun = '', id = '', detail = ''] = pathname.split('/').map(decodeURIComponent);
    if (noun === 'jobs' && request.method === 'POST') return this.#register(await json(request));
    if (noun === 'jobs') return this.#list(searchParams);
    if (noun === 'allocation') return this.#allocation(id);
    if (noun === 'client') return this.#checks(detail);
    const job = this.cluster.jobs.get(id);
    if (!job)
      return detail === 'versions' || detail === ''
        ? { status: 404, body: 'job not found' }
        : { status: 200, body: [] };
    if (request.method === 'DELETE') {
      this.cluster.jobs.delete(id);
      return { status: 200, body: { EvalID: randomUUID() } };
    }
    advance(this.cluster, job);
    const answers: Record<string, unknown> = {
      '': job.versions[0],
      versions: { Versions: job.versions, Diffs: null },
      deployments: job.deployments,
      allocations: job.allocations,
      evaluations: job.evaluations,
    };
    return { status: 200, body: answers[detail] };
  }

  /** `EnforceIndex`: `Job.Register` in `nomad/job_endpoint.go`, which answers 500. */
  #register(body: unknown) {
    const { Job, EnforceIndex, JobModifyIndex } = body as {
      Job: NomadJob;
      EnforceIndex: boolean;
      JobModifyIndex: number;
    };
    const found = this.cluster.jobs.get(Job.ID)?.versions[0]?.JobModifyIndex;
    const refuse = (why: string) => ({ status: 500, body: `Enforcing job modify index ${JobModifyIndex}: ${why}` });
    if (EnforceIndex && found !== undefined && JobModifyIndex === 0) return refuse('job already exists');
    if (EnforceIndex && found === undefined && JobModifyIndex !== 0) return refuse('job does not exist');
    if (EnforceIndex && found !== undefined && found !== JobModifyIndex) {
      return refuse(`job exists with conflicting job modify index: ${found}`);
    }
    const version = register(this.cluster, Job);
    return { status: 200, body: { EvalID: randomUUID(), JobModifyIndex: version.JobModifyIndex, Warnings: '' } };
  }

  #list(query: URLSearchParams) {
    const size = Math.min(Number(query.get('per_page')), 10); // so that a dozen of jobs are two pages
    const ids = [...this.cluster.jobs.keys()].sort();
    const found = ids.filter((id) => id.startsWith(query.get('prefix') ?? '') && id >= (query.get('next_token') ?? ''));
    const body = found.slice(0, size).map((ID) => {
      const job = this.cluster.jobs.get(ID);
      const runs = job?.allocations.some(
        ({ ClientStatus }) => ClientStatus === 'running' || ClientStatus === 'pending',
      );
      const Meta = query.get('meta') === 'true' ? (job?.versions[0]?.Meta ?? null) : null;
      return { ID, Status: runs ? 'running' : 'dead', Meta };
    });
    return { status: 200, body, next: found[size] };
  }

  #allocation(id: string) {
    const found = this.#find(id);
    if (!found) return { status: 404, body: 'alloc not found' };
    return { status: 200, body: { ...found, AllocatedResources: { Shared: { Ports: found.ports } } } };
  }

  /** `AllocCheckStatus` in `api/tasks.go`. */
  #checks(id: string) {
    const found = this.#find(id);
    if (!found) return { status: 404, body: 'Unknown allocation' };
    return { status: 200, body: { one: { Check: 'health', Status: found.unhealthy ? 'failure' : 'success' } } };
  }

  #find(id: string) {
    return [...this.cluster.jobs.values()].flatMap(({ allocations }) => allocations).find(({ ID }) => ID === id);
  }
}

/** Returns the allocations of a job that run, or that a node still ends. */
export function alive({ jobs }: Cluster, jobId: string): Allocation[] {
  const allocations = jobs.get(jobId)?.allocations ?? [];
  return allocations.filter(({ ClientStatus }) => ClientStatus === 'running' || ClientStatus === 'pending');
}
