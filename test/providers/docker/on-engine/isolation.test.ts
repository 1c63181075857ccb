import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

engineSuite('tenants on one engine', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  const fetchPage = (url: string) => ['wget', '-q', '-O', '-', url];

  test('reach their own containers by name, and others neither by name nor address nor published port', async () => {
    const provider = lab.provider();
    await provider.provision(lab.spec('acme', 7));
    await provider.provision(lab.specOf('other', [lab.server(8, { name: 'ledger' }), lab.idler()]));

    expect(await lab.run('acme', 'worker', fetchPage('http://web:8080/'))).toEqual({ code: 0, output: '7\n' });
    expect(await lab.run('other', 'worker', fetchPage('http://ledger:8080/'))).toEqual({ code: 0, output: '8\n' });

    const ledger = await lab.inspect('other', 'ledger');
    const [{ IPAddress: address = '', Gateway: gateway = '' } = {}] = Object.values(ledger.NetworkSettings.Networks);
    expect(address).not.toBe('');
    const port = ledger.NetworkSettings.Ports['8080/tcp']?.[0]?.HostPort;
    for (const host of ['ledger', ledger.Name.slice(1), `ledger.${Object.keys(ledger.NetworkSettings.Networks)[0]}`]) {
      expect((await lab.run('acme', 'worker', ['nslookup', host])).code, `acme resolves ${host}`).not.toBe(0);
    }
    const own = Object.values((await lab.inspect('acme', 'worker')).NetworkSettings.Networks)[0]?.Gateway;
    for (const target of [`${address} 8080`, `${gateway} ${port}`, `${own} ${port}`]) {
      const { code } = await lab.run('acme', 'worker', ['sh', '-c', `timeout 2 nc -w 1 ${target} -e true`]);
      expect(code, `acme connects to ${target}`).not.toBe(0);
    }
  }, 60_000); // an unknown name is looked up outside, without an answer

  test('have no capabilities, cannot gain privileges, and cannot write to a read-only root', async () => {
    const provider = lab.provider({ read_only: true, tmpfs: ['/tmp'] });
    await provider.provision(lab.spec('acme'));
    const { output } = await lab.run('acme', 'web', ['grep', '-E', '^(CapEff|CapBnd|NoNewPrivs)', '/proc/1/status']);
    expect(output.replaceAll('\t', ' ').trim().split('\n').toSorted()).toEqual([
      'CapBnd: 0000000000000000',
      'CapEff: 0000000000000000',
      'NoNewPrivs: 1',
    ]);
    expect((await lab.run('acme', 'web', ['touch', '/bin/x'])).output).toContain('Read-only file system');
    expect((await lab.run('acme', 'web', ['touch', '/tmp/x'])).code).toBe(0);
  });

  test('get the configured capabilities', async () => {
    const provider = lab.provider({ allowed_capabilities: ['CHOWN'] });
    await provider.provision(lab.spec('acme', 1, { capabilities: ['CHOWN'] }));
    const { output } = await lab.run('acme', 'web', ['grep', 'CapEff', '/proc/1/status']);
    expect(output).toContain('0000000000000001');
  });

  test('cannot exceed their limit of processes', async () => {
    const provider = lab.provider({ pids_limit: 16 });
    await provider.provision(lab.spec('acme'));
    const bomb = 'for i in $(seq 40); do sleep 100 & done; wait';
    const { output } = await lab.run('acme', 'web', ['sh', '-c', bomb]);
    expect(output).toMatch(/fork|Resource temporarily unavailable/);
  });
});
