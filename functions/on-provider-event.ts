import { serveProviderEvent } from '../src/events/serve-provider-event.ts';
import { METRICS } from './runtime/metric-names.ts';
import { queue } from './runtime/queue.ts';
import { readEnvelope } from './runtime/read-envelope.ts';

/** Looks at a tenant at once when its backend tells that something happened to it. */
export const handler = queue({
  name: 'on-provider-event',
  async run({ body, metrics, ...desk }) {
    metrics.count(METRICS.providerEvents, { disposition: await serveProviderEvent(readEnvelope(body), desk) });
  },
});
