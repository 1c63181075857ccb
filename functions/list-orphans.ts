import { heldBackTexts } from '../src/tenants/sweep/removal-brake.ts';
import { operation } from './runtime/http/operation.ts';
import { OrphanQuery } from './runtime/http/parameters.ts';
import type { OrphanList } from './runtime/http/views.ts';

export const handler = await operation({
  name: 'list-orphans',
  query: OrphanQuery,
  async run({ query, registry, tenants }) {
    const { provider, limit, cursor } = query;
    if (provider) registry.get(provider);
    const orphans = await tenants.orphans({ provider, limit, after: cursor });
    const last = orphans.length === limit ? orphans.at(-1) : undefined;
    const body: OrphanList = {
      orphans: orphans.map(({ held_back, installation = null, remove_at = null, ...orphan }) => ({
        ...orphan,
        installation,
        remove_at,
        held_back: held_back ? heldBackTexts[held_back] : null,
      })),
      next_cursor: last ? `${last.provider}/${last.tenant_id}` : null,
    };
    return { status: 200, body };
  },
});
