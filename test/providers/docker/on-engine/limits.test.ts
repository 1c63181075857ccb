import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

/** Takes memory until there is no more. */
const GREEDY = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';

engineSuite('resources', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  test('are given to the engine as limits', async () => {
    await lab.provider().provision(lab.spec('acme'));
    const { HostConfig } = await lab.inspect('acme', 'web');
    const memory = 128 * 1024 * 1024;
    expect(HostConfig).toMatchObject({ NanoCpus: 128_000_000, Memory: memory, MemorySwap: memory, PidsLimit: 512 });
  });

  test('a new container that is killed for its memory fails the provision, and is said to have been (OOM)', async () => {
    const spec = lab.specOf('acme', [lab.container(GREEDY)], { restart: 'no', settle_seconds: 30 });
    await expect(lab.provider().provision(spec)).rejects.toThrow(
      'provisioning failed: container web: it was killed because it used more memory than its 256 MB (OOM)',
    );
  });

  test('a serving container that is killed for its memory is started again, and the status tells why', async () => {
    const provider = lab.provider();
    const script = `while [ ! -e /tmp/eat ]; do sleep 0.1; done; ${GREEDY}`;
    await provider.provision(lab.specOf('acme', [lab.container(script)]));
    await lab.run('acme', 'web', ['touch', '/tmp/eat']);
    await expect
      .poll(async () => (await provider.getStatus('acme')).containers[0], { timeout: 15_000 })
      .toMatchObject({
        restart_count: expect.toSatisfy((count: number) => count > 0),
        message: expect.stringContaining('(OOM)'),
      });
  });
});
