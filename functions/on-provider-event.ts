import { readEnvelope } from '../src/events/read-event.ts';
import { serveProviderEvent } from '../src/events/serve-provider-event.ts';
import { queue } from './runtime/events/queue.ts';
import { changes } from './runtime/setup/changes.ts';
import { METRICS } from './runtime/telemetry/metric-names.ts';

/** Reconciles a tenant as soon as its backend reports an event about it. */
export const handler = await queue({
  name: 'on-provider-event',
  uses: changes,
  async run({ body, metrics, ...services }) {
    metrics.count(METRICS.providerEvents, {
      disposition: await serveProviderEvent(await readEnvelope(body), services),
    });
  },
});
