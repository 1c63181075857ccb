import { describe, expect } from 'vitest';
import { ask, it, specOf, web } from './lab.ts';

/** Variables that make a program load code, or search other folders. */
const loaders = {
  NODE_OPTIONS: '--require /nowhere/hook.js',
  LD_PRELOAD: '/nowhere/hook.so',
  LD_LIBRARY_PATH: '/nowhere',
  PATH: '/nowhere',
  HOME: '/nowhere',
  BASH_ENV: '/nowhere/hook.sh',
};

describe('the environment of a container', () => {
  it('affects its own processes, and neither the host nor another tenant', async ({ lab }) => {
    const provider = lab.provider();
    const before = { ...process.env };
    const hasty = { provider_config: { start_timeout_seconds: 1 } };
    await expect(provider.provision(specOf([web({ env: loaders })], hasty))).rejects.toThrow('provisioning failed');
    expect(process.env).toEqual(before);
    await provider.provision(specOf([web()], { tenant_id: 'globex' }));
    const environment = await ask(provider, '/env', 'globex');
    for (const [name, value] of Object.entries(loaders)) expect(environment).not.toMatchObject({ [name]: value });
  });

  it('cannot contain the marks by which Berth finds and ends processes', async ({ lab }) => {
    const provider = lab.provider();
    const env = { BERTH_TENANT_ID: 'globex', BERTH_RUN: 'x', BERTH_ANYTHING: '1' };
    await expect(provider.provision(specOf([web({ env })]))).rejects.toThrow('reserved for Berth');
    const secrets = [{ name: 'db', source: 'file', key: 'db', env_var: 'BERTH_OWNER' }];
    await expect(provider.provision(specOf([web()], { secrets }))).rejects.toThrow('reserved for Berth');
  });
});
