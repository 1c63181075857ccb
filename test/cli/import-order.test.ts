import { expect, test } from 'vitest';
import { importCompose } from '../../src/cli/import/import-compose.ts';
import { importScore } from '../../src/cli/import/import-score.ts';
import type { Imported } from '../../src/cli/import/imported.ts';
import type { TenantComputeSpec } from '../../src/compute/spec/spec.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';

const options = { tenant: 'acme', provider: 'docker' };
const resources = 'no (CPU|memory) limit';

function orderOf({ spec, lost, refused }: Imported) {
  expect(refused).toEqual([]);
  const { containers } = validateComputeSpec(spec as unknown as TenantComputeSpec);
  return {
    containers: containers.map(({ name, run, after, ports, health_check: check }) => ({
      name,
      ...(run && { run }),
      ...(after && { after }),
      ...(ports && { ports: ports.length }),
      ...(check && { check: check.type }),
    })),
    lost: lost
      .filter(({ message }) => !new RegExp(resources).test(message))
      .map((one) => `${one.pointer} ${one.message}`),
  };
}

function compose(services: object) {
  const named = Object.entries(services).map(([name, service]) => [name, { image: 'example.com/app:1', ...service }]);
  return importCompose({ services: Object.fromEntries(named) }, options);
}

const healthcheck = { test: ['CMD', 'true'], timeout: '5s' };

test('a migration that others wait for becomes a container that runs once, after a database that is healthy', () => {
  const imported = compose({
    web: {
      depends_on: {
        migrate: { condition: 'service_completed_successfully' },
        db: { condition: 'service_healthy', restart: true },
      },
      restart: 'always',
    },
    migrate: {
      depends_on: { db: { condition: 'service_healthy' } },
      restart: 'on-failure',
      healthcheck,
      ports: ['80:80'],
    },
    db: { healthcheck },
  });
  expect(orderOf(imported)).toEqual({
    containers: [
      { name: 'web', after: ['migrate', 'db'] },
      { name: 'migrate', run: 'once', after: ['db'] },
      { name: 'db', check: 'exec' },
    ],
    lost: [
      '/services/web/depends_on/db/restart it is not restarted together with db',
      '/services/migrate/ports a container that runs once has no ports',
      '/services/migrate/healthcheck a container that runs once has no health check: its exit code tells',
    ],
  });
});

test('a service that is never restarted runs once, unless it looks like a server', () => {
  const imported = compose({
    job: { restart: 'no' },
    other: { deploy: { restart_policy: { condition: 'none' } } },
    server: { restart: 'no', ports: ['8080:80'] },
    retried: { restart: 'on-failure:3' },
  });
  const { containers, lost } = orderOf(imported);
  expect(containers).toEqual([
    { name: 'job', run: 'once' },
    { name: 'other', run: 'once' },
    { name: 'server', ports: 1 },
    { name: 'retried' },
  ]);
  expect(lost).toContain(
    '/services/server/restart it has ports or a health check, so it is a server: it is restarted when it ends',
  );
  expect(lost).toContain(
    '/services/retried/restart a container that ended with 0 is restarted too, without a limit of attempts',
  );
});

test('dependencies become an order, and what differs from Compose is noted', () => {
  const imported = compose({
    Web: { depends_on: ['db', 'cache'] },
    db: { healthcheck },
    cache: {},
    worker: {
      depends_on: {
        cache: { condition: 'service_healthy' },
        Web: { condition: 'service_started' },
        gone: { condition: 'service_started', required: false },
      },
    },
  });
  const { containers, lost } = orderOf(imported);
  expect(containers.map(({ name, after }) => [name, after])).toEqual([
    ['web', ['db', 'cache']],
    ['db', undefined],
    ['cache', undefined],
    ['worker', ['cache', 'web']],
  ]);
  expect(lost).toEqual(
    expect.arrayContaining([
      '/services/Web/depends_on/0 it waits until db is healthy',
      '/services/worker/depends_on/cache it waits until cache runs: cache has no healthcheck in this file',
      '/services/worker/depends_on/gone gone does not run, and is not required',
    ]),
  );
});

test('an init process is the default of docker, and a setting where the whole file wants none', () => {
  expect(compose({ web: { init: true } }).spec).not.toHaveProperty('provider_config');
  expect(compose({ web: { init: false } }).spec).toMatchObject({ provider_config: { init: false } });
  const mixed = compose({ web: { init: false }, other: {} });
  expect(mixed.spec).not.toHaveProperty('provider_config');
  expect(mixed.lost.map(({ pointer }) => pointer)).toContain('/services/web/init');
});

test('before of Score becomes after of the others, and a container that completes runs once', () => {
  const image = 'example.com/app:1';
  const file = {
    apiVersion: 'score.dev/v1b1',
    metadata: { name: 'acme' },
    service: { ports: { web: { port: 80 } } },
    containers: {
      setup: { image, before: { web: { ready: 'complete' } }, livenessProbe: { httpGet: { path: '/', port: 80 } } },
      db: { image, before: { web: { ready: 'healthy' } } },
      web: { image },
    },
  };
  expect(orderOf(importScore(file, options))).toEqual({
    containers: [
      { name: 'setup', run: 'once', ports: undefined },
      { name: 'db', ports: 1 },
      { name: 'web', after: ['setup', 'db'] },
    ].map(({ ports, ...one }) => ({ ...one, ports: ports ?? 0 })),
    lost: [
      '/containers/db/before/web web waits until it runs, because it has no probe',
      '/containers/setup/livenessProbe a container that runs once has no health check',
      '/service/ports/web assigned to the container db',
    ],
  });
});
