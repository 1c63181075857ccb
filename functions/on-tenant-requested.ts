import { readEnvelope } from '../src/events/read-event.ts';
import { serveRequest } from '../src/events/serve-request.ts';
import { queue } from './runtime/events/queue.ts';
import { changes } from './runtime/setup/changes.ts';
import { publishing } from './runtime/setup/publishing.ts';
import { METRICS } from './runtime/telemetry/metric-names.ts';

/** Provisions, updates and destroys tenants on request of events. */
export const handler = await queue({
  name: 'on-tenant-requested',
  uses: (services) => ({ ...changes(services), ...publishing(services) }),
  loads: () => import('../src/compute/spec/validate.ts'),
  async run({ body, metrics, ...services }) {
    metrics.count(METRICS.requests, { disposition: await serveRequest(await readEnvelope(body), services) });
  },
});
