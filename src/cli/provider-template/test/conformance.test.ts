import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { providerSuite } from 'berth/conformance';
import { provider as descriptor } from '../src/descriptor.ts';
import { observe } from '../src/mapping.ts';
import { Records } from '../src/records.ts';

// The contract of a provider as tests. Every rule gets a backend of its own.
providerSuite('folder', {
  descriptor,
  timeout: 2000,
  without: {
    mortal: 'each operation is one write of a file, so no process dies between two changes',
    instances: 'nothing runs, so nothing can be stopped',
    volumes: 'the provider keeps none, and refuses them',
  },
  async create() {
    const dataDir = mkdtempSync(join(tmpdir(), 'berth-folder-'));
    const records = new Records(join(dataDir, descriptor.type));
    const servingOf = (tenantId: string) => observe(records.read(tenantId) ?? {}, Date.now()).serving?.spec;
    return {
      options: { dataDir },
      spec: ({ version }) => ({
        containers: [
          { name: 'web', image: `app:${version}`, ports: [{ container_port: 8080, protocol: 'tcp' }] },
          { name: 'worker', image: 'worker:1' },
        ],
      }),
      failingSpec: { broken: true },
      stuckSpec: { start_seconds: 3600 },
      inventory: async () => records.tenantIds(),
      cleanup: async () => rmSync(dataDir, { recursive: true }),
      plantForeign: async (tenantId) => records.write(tenantId, { labels: { owner: 'another-team' } }),
      labels: async (tenantId) => [records.read(tenantId)?.labels ?? {}],
      answers: async (tenantId) => {
        const image = servingOf(tenantId)?.containers[0]?.image;
        return image === undefined ? undefined : Number(image.split(':')[1]);
      },
      identity: async (tenantId, container) =>
        JSON.stringify(servingOf(tenantId)?.containers.find((one) => one.name === container)),
      vanish: async (tenantId) => records.remove(tenantId),
      write: async (tenantId, container, lines) => records.log(tenantId, container, lines),
      exposed: async () => JSON.stringify(records.tenantIds().map((tenantId) => records.read(tenantId)?.labels)),
    };
  },
});
