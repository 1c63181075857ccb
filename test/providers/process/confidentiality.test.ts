import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Provider } from '../../../src/compute/provider.ts';
import { ask, HASTY, it, type Lab, specOf, web } from './lab.ts';

const ENV_CANARY = 'canary-env-5f1c';
const SECRET_CANARY = 'canary-secret-9b2e';
const secrets = [{ name: 'db-password', source: 'file', key: 'db', env_var: 'DB_PASSWORD' }];

async function withSecrets(lab: Lab): Promise<Provider> {
  const secrets_directory = join(lab.dir, 'secrets');
  await mkdir(secrets_directory);
  await writeFile(join(secrets_directory, 'db'), `${SECRET_CANARY}\n`);
  await symlink('/etc/hostname', join(secrets_directory, 'outside'));
  return lab.provider({ secrets_directory });
}

describe('confidentiality', () => {
  it('passes env and secrets to the container and shows them nowhere else', async ({ lab }) => {
    const provider = await withSecrets(lab);
    const env = { TOKEN: ENV_CANARY };
    const shown: unknown[] = [await provider.provision(specOf([web({ env }, 'talkative')], { secrets }))];
    expect(await ask(provider, '/env')).toMatchObject({ TOKEN: ENV_CANARY, DB_PASSWORD: SECRET_CANARY });
    shown.push(await provider.getStatus('acme'));
    for (const pid of await lab.processesOf()) shown.push(await readFile(`/proc/${pid}/cmdline`, 'utf8'));
    const broken = specOf([web({ env }, 'talkative', 'broken')], { secrets, ...HASTY });
    const failure = await provider.update('acme', broken).catch((error: unknown) => String(error));
    expect(failure).toContain('starting with [redacted] and [redacted]');
    shown.push(failure, await provider.getStatus('acme'), provider.configDefaults, lab.logged);
    expect(lab.logged.length).toBeGreaterThan(3);
    const text = JSON.stringify(shown);
    for (const secret of [ENV_CANARY, SECRET_CANARY, lab.dir]) expect(text).not.toContain(secret);
    const { lines } = (await provider.logs?.('acme')) ?? {};
    expect(lines).toEqual([{ container: 'web', text: 'starting with [redacted] and [redacted]' }]);
  });

  it('stores references to secrets, never values, in files that only its user can read', async ({ lab }) => {
    const provider = await withSecrets(lab);
    await provider.provision(specOf([web()], { secrets }));
    await provider.close?.();
    expect(await readFile(lab.recordFile(), 'utf8')).not.toContain(SECRET_CANARY);
    const root = join(lab.dir, 'process');
    for (const name of await readdir(root, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(name.parentPath, name.name));
      expect(mode & 0o077, name.name).toBe(0);
    }
  });

  it('inherits nothing from the environment of the host', async ({ lab }) => {
    const provider = lab.provider();
    await provider.provision(specOf([web({ ports: [{ container_port: 8080, name: 'http-api' }] })]));
    const environment = Object.keys(await ask(provider, '/env')).sort();
    const given = ['HOME', 'LANG', 'PATH', 'PORT', 'PORT_8080', 'PORT_HTTP_API', 'TMPDIR', 'TZ'];
    const marks = ['BERTH_CONTAINER', 'BERTH_OWNER', 'BERTH_PROVIDER', 'BERTH_RUN', 'BERTH_TENANT_ID'];
    expect(environment).toEqual([...marks, ...given]);
  });

  it.for([
    ['a missing file', 'absent', /secret db-password was not found/],
    ['a link out of the folder', 'outside', /secret db-password is not a file of the secrets folder/],
    ['a path', 'sub/../db', /secret db-password must have the name of a file/],
  ] as const)('refuses %s as a secret and names the reference', async ([, key, message], { lab }) => {
    const provider = await withSecrets(lab);
    const spec = specOf([web()], { secrets: [{ ...secrets[0], key }] });
    await expect(provider.provision(spec)).rejects.toThrow(message);
    await expect(provider.provision(spec)).rejects.not.toThrow(lab.dir);
  });

  it('does not follow a link that a process puts in the place of its log', async ({ lab }) => {
    const provider = await withSecrets(lab);
    const code = `
      const { existsSync, readlinkSync, symlinkSync, unlinkSync } = require('node:fs');
      const log = readlinkSync('/proc/self/fd/1').replace('.pipe', '.log');
      console.log('before');
      while (!existsSync(log)) {}
      unlinkSync(log);
      symlinkSync(process.argv[1], log);
      require('node:http').createServer((_, answer) => answer.end()).listen(process.env.PORT);`;
    const command = ['node', '-e', code, join(lab.dir, 'secrets', 'db')];
    await provider.provision(specOf([web({ command })])); // returns once it is healthy, and so after it has replaced its log
    expect((await provider.logs?.('acme'))?.lines).toEqual([]);
  });

  it('runs commands without a shell', async ({ lab }) => {
    const provider = lab.provider();
    const command = ['node', '-e', 'console.log(process.argv[1]); setInterval(() => 0, 1000)'];
    const args = ['$(id) `id` ; rm -rf * && echo "$HOME"'];
    await provider.provision(specOf([web({ command, args, ports: [], health_check: undefined })]));
    await expect
      .poll(async () => (await provider.logs?.('acme'))?.lines)
      .toEqual([{ container: 'web', text: args[0] }]);
  });
});
