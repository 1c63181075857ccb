import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { ActionDialog } from '../actions/action-dialog.tsx';
import { ActionsBar } from '../actions/actions-bar.tsx';
import { http, read } from '../api/http.ts';
import { useResource } from '../api/resource.ts';
import type { Tenant } from '../api/types.ts';
import { ProblemNote } from '../components/problem.tsx';
import { StateMark } from '../components/state-mark.tsx';
import { useShortcuts } from '../keyboard/keyboard.ts';
import { type Room, rooms, tenantPath } from '../rooms.ts';
import { openableUrls, reasonOf, stateOf, wordsOf } from '../tenants/state.ts';
import { useTitle } from './title.ts';

/** Milliseconds between two reads of the tenant. Changes are told at once; this is for what is not. */
const EVERY = 5_000;

const tabs = rooms.filter(({ place }: Room) => place === 'tenant');

interface TenantFrameProps {
  tenantId: string;
  /** Draws the room, once the tenant is known. */
  children(tenant: Tenant): ComponentChildren;
}

/** Surrounds every room of a tenant: its name, its state, its address, and the tabs of the other rooms. */
export function TenantFrame({ tenantId, children }: TenantFrameProps) {
  const { path, route } = useLocation();
  const { data, error } = useResource({
    key: tenantId,
    tenantId,
    every: EVERY,
    load: (signal) => {
      const params = { path: { tenant_id: tenantId } };
      return read(http.GET('/v1/tenants/{tenant_id}', { params, signal }));
    },
  });
  useTitle(tenantId);
  useShortcuts([{ key: 'Escape', does: 'Back to the fleet', run: () => route('/console/') }]);
  const tenant = data.value;
  return (
    <main class="room" id="main">
      <header class="tenant-head">
        <a class="back" href="/console/" aria-label="Back to the fleet">
          ‹
        </a>
        <h1>{tenantId}</h1>
        {tenant && (
          <p class="tenant-state">
            <StateMark state={stateOf(tenant)} />
            <span class={`word word-${stateOf(tenant)}`}>{wordsOf({ ...tenant, reason: reasonOf(tenant) })}</span>
          </p>
        )}
        {tenant && <Addresses urls={openableUrls(tenant.endpoints)} />}
        {tenant && <ActionsBar tenant={tenant} />}
      </header>
      {tabs.length > 1 && (
        <nav class="tabs" aria-label="Rooms of the tenant">
          {tabs.map((tab) => {
            const href = tenantPath(tab, tenantId);
            return (
              <a key={href} href={href} {...(href === path && { 'aria-current': 'page' })}>
                {tab.title}
              </a>
            );
          })}
        </nav>
      )}
      {error.value && !tenant && <ProblemNote title="The tenant could not be read" error={error.value} />}
      {tenant && children(tenant)}
      <ActionDialog />
    </main>
  );
}

function Addresses({ urls }: { urls: readonly string[] }) {
  return (
    <p class="addresses">
      {urls.map((url) => (
        <a key={url} class="link" href={url} target="_blank" rel="noreferrer">
          {url.replace(/^https?:\/\//, '').replace(/\/$/, '')} ↗
        </a>
      ))}
    </p>
  );
}
