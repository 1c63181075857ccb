import { describe, expect, it } from 'vitest';
import { environmentOf, portVariables } from '../../../src/providers/process/environment.ts';

const marks = { owner: 'o', provider: 'process', tenant: 'acme', container: 'web', run: 'r' };
const port = { container_port: 8080, host_port: 5001, protocol: 'tcp' as const, published: true };
const basics = {
  container: {},
  ports: [port],
  volumes: {},
  secrets: {},
  home: '/h',
  temporary: '/t',
  path: '/bin',
  marks,
};

describe('environmentOf', () => {
  it('contains the basics, the ports and the marks, and nothing else', () => {
    expect(environmentOf(basics)).toEqual({
      PATH: '/bin',
      HOME: '/h',
      TMPDIR: '/t',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      PORT: '5001',
      PORT_8080: '5001',
      BERTH_OWNER: 'o',
      BERTH_PROVIDER: 'process',
      BERTH_TENANT_ID: 'acme',
      BERTH_CONTAINER: 'web',
      BERTH_RUN: 'r',
    });
  });

  it('lets the specification override the basics, secrets override env, and ports override both', () => {
    const env = { TZ: 'Europe/Paris', TOKEN: 'env', PORT: '1', PORT_HTTP: 'not assigned' };
    const made = environmentOf({ ...basics, container: { env }, secrets: { TOKEN: 'secret' } });
    expect(made).toMatchObject({ TZ: 'Europe/Paris', TOKEN: 'secret', PORT: '5001', PORT_HTTP: 'not assigned' });
  });
});

describe('portVariables', () => {
  it('names each port by number and by name', () => {
    const ports = [port, { ...port, container_port: 9090, host_port: 5002, name: 'admin-api' }];
    expect(portVariables(ports)).toEqual({
      PORT: '5001',
      PORT_8080: '5001',
      PORT_9090: '5002',
      PORT_ADMIN_API: '5002',
    });
    expect(portVariables([])).toEqual({});
  });
});
