import { readEnvelope } from '../src/events/read-event.ts';
import { serveProviderEvent } from '../src/events/serve-provider-event.ts';
import { queue } from './runtime/events/queue.ts';
import { reacting } from './runtime/setup/watching.ts';
import { METRICS } from './runtime/telemetry/metric-names.ts';

/** Reconciles a tenant as soon as its backend reports an event about it, and looks at its health. */
export const handler = await queue({
  name: 'on-provider-event',
  uses: reacting,
  async run({ body, metrics, ...services }) {
    metrics.count(METRICS.providerEvents, {
      disposition: await serveProviderEvent(await readEnvelope(body), services),
    });
  },
});
