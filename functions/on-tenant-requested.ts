import { readEnvelope } from '../src/events/read-event.ts';
import { serveRequest } from '../src/events/serve-request.ts';
import { changes } from './runtime/events/changes.ts';
import { publishing } from './runtime/events/publishing.ts';
import { queue } from './runtime/events/queue.ts';
import { METRICS } from './runtime/telemetry/metric-names.ts';

/** Provisions, updates and destroys tenants as events ask for it. */
export const handler = await queue({
  name: 'on-tenant-requested',
  uses: (services) => ({ ...changes(services), ...publishing(services) }),
  async run({ body, metrics, ...desk }) {
    metrics.count(METRICS.requests, { disposition: await serveRequest(await readEnvelope(body), desk) });
  },
});
