import { describe, expect, test, vi } from 'vitest';
import { answerJson, answerProblem, serve } from '../client/servers.ts';
import { cli, start } from './cli.ts';

const now = Date.parse('2026-11-29T12:00:00Z');
const lines = [
  { container: 'web', time: '2026-11-29T11:00:00.000Z', text: 'old' },
  { container: 'web', time: '2026-11-29T11:59:30.000Z', text: 'new' },
  { container: 'web', text: 'without a time' },
];

async function logs(...words: string[]) {
  const { url, requests } = await serve((_, response) => answerJson(response, 200, { lines, next_cursor: null }));
  const { stdout, stderr, code } = await cli(['logs', 'acme', '-c', 'web', ...words], { endpoint: url, now });
  return { code, stderr, printed: stdout.split('\n').filter(Boolean), target: requests[0]?.target };
}

test('--since leaves out lines that are older, of as many as there are', async () => {
  const { printed, target } = await logs('--since', '1m');
  expect(printed).toEqual(['new', 'without a time']);
  expect(target).toContain('tail=1000');
  expect((await logs()).printed).toHaveLength(3);
});

test('--timestamps begins lines with their times', async () => {
  expect((await logs('--timestamps')).printed).toEqual([
    '2026-11-29T11:00:00.000Z old',
    '2026-11-29T11:59:30.000Z new',
    '- without a time',
  ]);
});

test('--since takes a duration', async () => {
  const { code, stderr } = await logs('--since', 'yesterday');
  expect(code).toBe(4);
  expect(stderr).toContain('--since must be a duration up to 24h, such as 90s, 10m or 1h');
});

test('--follow goes on after a restart of the control plane, from its cursor', async () => {
  const { url, requests } = await serve((_, response, count) => {
    if (count > 1 && count < 6) response.destroy();
    else answerJson(response, 200, { lines: [{ container: 'web', text: `line ${count}` }], next_cursor: `c${count}` });
  });
  const following = start(['logs', 'acme', '-c', 'web', '-f'], { endpoint: url });
  await vi.waitFor(() => expect(following.stdout()).toContain('line 6'), { timeout: 20_000 });
  following.interrupt();
  expect(await following.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^line 1\nline 6\n/) });
  expect(requests[5]?.target).toContain('cursor=c1');
}, 30_000);

describe('-l', () => {
  const tenants = ['acme', 'beta'].map((tenant_id) => ({ tenant_id, phase: 'ready' }));

  /** Serves a list of tenants with the label, and one line of each; `gone` was destroyed meanwhile. */
  async function select(words: readonly string[], listed: readonly object[] = tenants) {
    const { url, requests } = await serve(({ target }, response) => {
      const [, id = ''] = /^\/v1\/tenants\/([^/?]+)\/logs/.exec(target) ?? [];
      if (id === '') answerJson(response, 200, { tenants: listed, next_cursor: null });
      else if (id === 'gone') answerProblem(response, 404, 'tenant_not_found');
      else answerJson(response, 200, { lines: [{ container: 'web', text: `from ${id}` }], next_cursor: 'c' });
    });
    const following = start(['logs', ...words], { endpoint: url });
    return { following, requests };
  }

  test('prints the lines of all tenants with a label, each with its tenant', async () => {
    const { following, requests } = await select(['-l', 'plan=pro']);
    const { code, stdout } = await following.ended;
    expect(code).toBe(0);
    expect(stdout.split('\n').sort()).toEqual(['', 'acme web | from acme', 'beta web | from beta']);
    expect(requests[0]?.target).toContain('label=plan');
  });

  test('of one container needs no name of it, and JSON names the tenant', async () => {
    expect((await (await select(['-l', 'a=b', '-c', 'web'])).following.ended).stdout).toContain('acme | from acme\n');
    const { stdout } = await (await select(['-l', 'a=b', '-o', 'json'])).following.ended;
    expect(stdout).toContain('{"tenant_id":"acme",');
  });

  test('prints the others when one tenant is gone, and fails', async () => {
    const { following } = await select(['-l', 'a=b'], [...tenants, { tenant_id: 'gone', phase: 'ready' }]);
    const { code, stdout, stderr } = await following.ended;
    expect([code, stdout.split('\n').length], stderr).toEqual([1, 3]);
    expect(stderr).toContain('gone: ');
  });

  test('with -f follows all of them until Ctrl-C', async () => {
    const { following } = await select(['-f', '-l', 'a=b']);
    await vi.waitFor(() => expect(following.stdout()).toMatch(/acme(?:.|\n)*beta|beta(?:.|\n)*acme/));
    following.interrupt();
    expect((await following.ended).code).toBe(0);
  });

  test('follows no more tenants than can be asked each second', async () => {
    const many = Array.from({ length: 51 }, (_, index) => ({ tenant_id: `t${index + 100}`, phase: 'ready' }));
    const { code, stderr } = await (await select(['-f', '-l', 'a=b'], many)).following.ended;
    expect(code, stderr).toBe(4);
    expect(stderr).toContain('51 tenants match, and 50 can be followed at once');
  });

  test('says that no tenant matches', async () => {
    const { code, stderr } = await (await select(['-l', 'a=b'], [])).following.ended;
    expect([code, stderr]).toEqual([0, 'No tenant matches.\n']);
  });

  test.each([[[]], [['acme', '-l', 'a=b']]])('stands instead of a tenant: %j', async (words) => {
    const { code, stderr } = await cli(['logs', ...words]);
    expect(code).toBe(4);
    expect(stderr).toContain('name one tenant, or select tenants by a label with -l KEY=VALUE');
  });
});
