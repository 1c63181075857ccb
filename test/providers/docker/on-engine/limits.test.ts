import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';

/** Allocates memory without end. */
const GREEDY = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';

engineSuite('resources', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(() => lab.clear());

  test('become limits of the engine', async () => {
    await lab.provider().provision(lab.spec('acme'));
    const { HostConfig } = await lab.inspect('acme', 'web');
    const memory = 128 * 1024 * 1024;
    expect(HostConfig).toMatchObject({ NanoCpus: 128_000_000, Memory: memory, MemorySwap: memory, PidsLimit: 512 });
  });

  test('a new container that exceeds its memory fails the provision with (OOM)', async () => {
    const spec = lab.specOf('acme', [lab.container(GREEDY)], { restart: 'no', settle_seconds: 30 });
    await expect(lab.provider().provision(spec)).rejects.toThrow(
      'provisioning failed: container web: it was killed because it used more memory than its 256 MB (OOM)',
    );
  });

  test('a serving container that exceeds its memory is restarted, and the status says why', async () => {
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
