import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidProviderError, ProviderFailedError, TenantNotFoundError } from '../../../../src/compute/errors.ts';
import { refusal } from '../../../conformance/expectations.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

const endpoint = 'tcp://127.0.0.1:2376';

/** The folder of certificates that `docker-engine.sh` creates. Other engines may not listen on that port. */
const folder = process.env.BERTH_ENGINE_TLS;
const suite = folder !== undefined || process.env.BERTH_REQUIRE_DOCKER === '1' ? engineSuite : describe.skip;

suite('an engine on TCP that requires client certificates', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  const filesOf = (client: string, authority = 'ca') => ({
    ca_file: join(folder ?? '/nowhere', `${authority}.pem`),
    cert_file: join(folder ?? '/nowhere', `${client}.pem`),
    key_file: join(folder ?? '/nowhere', `${client}.key`),
  });

  test('runs tenants for a client with a certificate', async () => {
    const provider = lab.provider({ endpoint, tls: filesOf('client') });
    expect((await provider.provision(lab.spec('acme'))).status).toBe('success');
    expect((await provider.getStatus('acme')).state).toBe('running');
    // It is the same engine: the local socket shows the same tenant.
    expect((await lab.provider().getStatus('acme')).state).toBe('running');
    expect((await provider.update('acme', lab.spec('acme', 2))).status).toBe('success');
    expect((await provider.logs?.('acme'))?.lines).toEqual([]);
    await provider.destroy('acme');
    expect(await lab.inventory()).toEqual([]);
  });

  test.each([
    [
      'a certificate of an unknown authority',
      { tls: filesOf('stranger') },
      'it rejects the certificate of this provider',
      'tls setting',
    ],
    ['no certificate', {}, 'the engine accepts only TLS at this endpoint', 'set tls for this provider'],
  ])('refuses %s with a reason', async (_, settings, why, hint) => {
    const error = await refusal(lab.provider({ endpoint, ...settings }).getStatus('acme'), ProviderFailedError);
    expect(error.message).toContain(why);
    expect(error.hint).toContain(hint);
  });

  test('is refused if its own certificate is of an unknown authority', async () => {
    const provider = lab.provider({ endpoint, tls: filesOf('client', 'other') });
    const error = await refusal(provider.getStatus('acme'), ProviderFailedError);
    expect(error.message).toContain('its certificate is not trusted');
    expect(error.hint).toBe('Check the files in the tls setting of this provider.');
  });

  test('unreadable files are reported without their paths', async () => {
    const files = { ...filesOf('client'), key_file: '/nowhere/secret.key' };
    const error = await refusal(lab.provider({ endpoint, tls: files }).getStatus('acme'), InvalidProviderError);
    expect(error.message).toContain('a file of the tls setting cannot be read (ENOENT)');
    expect(error.message).not.toContain('/nowhere');
  });

  test('a tenant can set neither endpoint nor certificates', async () => {
    const spec = lab.spec('acme', 1, { endpoint, tls: filesOf('client') });
    await expect(lab.provider().validate(spec)).rejects.toThrow(/endpoint can only be set by the operator/);
    await refusal(lab.provider().getStatus('acme'), TenantNotFoundError);
  });
});
