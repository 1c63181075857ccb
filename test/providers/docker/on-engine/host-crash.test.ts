import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TenantComputeSpec } from '../../../../src/compute/spec/spec.ts';
import { specHash } from '../../../../src/compute/spec/spec-diff.ts';
import { engineSuite } from './engine-suite.ts';
import type { HostOptions } from './host.ts';
import { Lab } from './lab.ts';

const program = fileURLToPath(new URL('host.ts', import.meta.url));

engineSuite('after a host ended', () => {
  let lab: Lab;
  let host: ChildProcess | undefined;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(async () => {
    host?.kill('SIGKILL');
    await lab.clear();
  });

  function startHost(spec: TenantComputeSpec, settings: object) {
    const defaults = { name_prefix: lab.prefix, settle_seconds: 0.05, stop_grace_seconds: 0, ...settings };
    const options: HostOptions = { name: lab.name, defaults, spec };
    host = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
    return host;
  }

  test('another one reads, updates and destroys its tenants', async () => {
    const { stdout } = startHost(lab.spec('acme'), { ready_wait_seconds: 60 });
    expect(stdout && (await text(stdout))).toBe('success');
    const provider = lab.provider();
    expect((await provider.getStatus('acme')).state).toBe('running');
    expect(await provider.update('acme', lab.spec('acme', 2))).toMatchObject({
      status: 'success',
      changes: ['/containers/web/env'],
    });
    await provider.destroy('acme');
    expect(await lab.inventory()).toEqual([]);
  });

  test('in the middle of a rollout, another one continues it', async () => {
    const spec = lab.spec('acme', 1);
    const killed = startHost(spec, { settle_seconds: 600 });
    await expect.poll(async () => (await lab.find('acme', 'worker'))?.State, { timeout: 15_000 }).toBe('running');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const provider = lab.provider();
    const before = (await lab.inspect('acme', 'worker')).Id;
    expect((await provider.getStatus('acme')).metadata).toEqual({ pending_spec_hash: specHash(spec) });
    expect((await provider.provision(spec)).status).toBe('success');
    expect((await lab.inspect('acme', 'worker')).Id).toBe(before);
    expect((await provider.getStatus('acme')).metadata).toEqual({ spec_hash: specHash(spec) });
  });
});
