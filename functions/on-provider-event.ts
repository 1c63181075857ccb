import { readEnvelope } from '../src/events/read-event.ts';
import { serveProviderEvent } from '../src/events/serve-provider-event.ts';
import { changes } from './runtime/events/changes.ts';
import { queue } from './runtime/events/queue.ts';
import { METRICS } from './runtime/telemetry/metric-names.ts';

/** Looks at a tenant at once when its backend tells that something happened to it. */
export const handler = await queue({
  name: 'on-provider-event',
  uses: changes,
  async run({ body, metrics, ...desk }) {
    metrics.count(METRICS.providerEvents, { disposition: await serveProviderEvent(await readEnvelope(body), desk) });
  },
});
