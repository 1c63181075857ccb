import { expect, test, vi } from 'vitest';
import { answerJson, serve } from '../client/servers.ts';
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
