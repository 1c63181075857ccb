import { http, read } from '../../api/http.ts';
import { useResource } from '../../api/resource.ts';
import { LogLines } from '../../logs/log-lines.tsx';
import { findRoom, tenantPath } from '../../rooms.ts';

const TAIL = 12;

const LOOK = 2_000;

/** Shows what the containers wrote last, those of a new version included. */
export function LastLines({ tenantId: tenant_id }: { tenantId: string }) {
  const { data } = useResource({
    key: tenant_id,
    every: LOOK,
    load: (signal) => {
      const params = { path: { tenant_id }, query: { tail: TAIL } };
      return read(http.GET('/v1/tenants/{tenant_id}/logs', { params, signal }));
    },
  });
  const lines = data.value?.lines ?? [];
  const logs = findRoom('logs');
  if (lines.length === 0) return null;
  return (
    <section aria-labelledby="last-lines-title">
      <h2 id="last-lines-title">Last lines</h2>
      <div class="log-box">
        <LogLines
          lines={lines.slice(-TAIL).map((line, number) => ({ ...line, number }))}
          withTime={lines.some(({ time }) => time !== undefined)}
          withContainer={new Set(lines.map(({ container }) => container)).size > 1}
        />
      </div>
      {logs && (
        <p>
          <a class="link" href={tenantPath(logs, tenant_id)}>
            All logs
          </a>
        </p>
      )}
    </section>
  );
}
