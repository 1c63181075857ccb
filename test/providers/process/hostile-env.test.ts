import { describe, expect } from 'vitest';
import { ask, it, specOf, web } from './lab.ts';

/** What makes a program load something, or look somewhere else. */
const loaders = {
  NODE_OPTIONS: '--require /nowhere/hook.js',
  LD_PRELOAD: '/nowhere/hook.so',
  LD_LIBRARY_PATH: '/nowhere',
  PATH: '/nowhere',
  HOME: '/nowhere',
  BASH_ENV: '/nowhere/hook.sh',
};

describe('what the environment of a container says', () => {
  it('holds for its own processes, and for neither the host nor another tenant', async ({ lab }) => {
    const provider = lab.provider();
    const before = { ...process.env };
    const hasty = { provider_config: { start_timeout_seconds: 1 } };
    await expect(provider.provision(specOf([web({ env: loaders })], hasty))).rejects.toThrow('provisioning failed');
    expect(process.env).toEqual(before);
    await provider.provision(specOf([web()], { tenant_id: 'globex' }));
    const environment = await ask(provider, '/env', 'globex');
    for (const [name, value] of Object.entries(loaders)) expect(environment).not.toMatchObject({ [name]: value });
  });

  it('cannot be a mark of Berth’s, by which processes are found and ended', async ({ lab }) => {
    const provider = lab.provider();
    const env = { BERTH_TENANT_ID: 'globex', BERTH_RUN: 'x', BERTH_ANYTHING: '1' };
    await expect(provider.provision(specOf([web({ env })]))).rejects.toThrow('reserved for Berth');
    const secrets = [{ name: 'db', source: 'file', key: 'db', env_var: 'BERTH_OWNER' }];
    await expect(provider.provision(specOf([web()], { secrets }))).rejects.toThrow('reserved for Berth');
  });
});
