import { expect, test } from 'vitest';
import { send } from '../infra/local/fixture.ts';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { provision, serving, startHost, waiting } from './host.ts';

warnIfSkipped();

const PATIENCE = { timeout: 60_000 };
const NAMES = ['acme', 'globex', 'initech'];

browserSuite('rollouts in a browser', () => {
  test('one that fails halts, shows the tenant that failed, and is undone after it was confirmed', async () => {
    const { url } = await startHost();
    for (const name of NAMES) await provision(url, name, serving);
    for (const name of NAMES) {
      await expect.poll(async () => (await send(url, 'GET', `/v1/tenants/${name}`)).body.phase, PATIENCE).toBe('ready');
    }
    const body = {
      rollout_id: 'version-2',
      select: { provider: 'process' },
      change: { containers: { web: waiting }, provider_config: { start_timeout_seconds: 2 } },
      waves: [
        { name: 'canary', size: 1 },
        { name: 'rest', size: '100%' },
      ],
    };
    expect((await send(url, 'POST', '/v1/rollouts', { body })).status).toBe(201);

    const { page, complaints } = await openPage(`${url}/console/rollouts`);
    await page.getByRole('link', { name: 'version-2' }).click();
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('paused');
    await expect.poll(() => page.locator('.wave h2').allTextContents()).toEqual(['canary paused', 'rest pending']);
    await expect.poll(() => page.locator('.rollout-failures').textContent()).toContain('acme');
    await expect
      .poll(() => page.locator('.cell').allTextContents())
      .toEqual(['acmefailed', 'globexpending', 'initechpending']);
    await keepScreenshot(page, 'rollout');
    await page.getByRole('button', { name: /^1 ?failed$/ }).click();
    await expect.poll(() => page.locator('.cell').allTextContents()).toEqual(['acmefailed']);
    expect(new URL(page.url()).search).toBe('?outcome=failed');

    await page.locator('.actions').getByRole('button', { name: 'Undo' }).click();
    expect(await page.getByRole('dialog').textContent()).toContain('Brings back 1 tenant');
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('undone');
    expect(await page.locator('.actions button').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('one of ten thousand tenants draws a page of each wave, and more when it is asked for', async () => {
    const { url } = await startHost();
    const { page } = await openPage('about:blank');
    const counts = { pending: 9_000, updating: 10, succeeded: 980, failed: 10, skipped: 0, undone: 0 };
    const big = {
      rollout_id: 'big',
      phase: 'running',
      reason: '<img src=x> \u202e 10 of 10000',
      spec: {
        select: {},
        change: { labels: {} },
        waves: [],
        max_in_flight: 10,
        failure_budget: '1%',
        on_failure: 'undo',
      },
      tenants: 10_000,
      waves: [{ name: 'all', tenants: 10_000, state: 'running', ...counts }],
      failures: [],
      possible: ['pause'],
      created_at: '2026-01-01T00:00:00.000Z',
      started_by: 'local',
      ended_at: null,
    };
    await page.route(/\/v1\/rollouts\/big(\?|$)/, (route) => route.fulfill({ json: big }));
    await page.route(/\/v1\/rollouts\/big\/tenants/, async (route) => {
      const query = new URL(route.request().url()).searchParams;
      const from = Number(query.get('cursor') ?? 0);
      const limit = Number(query.get('limit'));
      const tenants = Array.from({ length: limit }, (_, index) => ({
        tenant_id: `tenant-${from + index}`,
        wave: 'all',
        outcome: 'pending',
        detail: '',
      }));
      await route.fulfill({ json: { tenants, next_cursor: String(from + limit) } });
    });
    await page.goto(`${url}/console/rollouts/big`);
    await expect.poll(() => page.locator('.cell').count(), PATIENCE).toBe(50);
    expect(await page.locator('.wave-counts').textContent()).toBe('990 of 10,000 done');
    expect(await page.locator('.rollout-facts .message').textContent()).toBe('<img src=x> \\u202e 10 of 10000');
    await page.getByRole('button', { name: 'Show 50 more' }).click();
    await expect.poll(() => page.locator('.cell').count(), PATIENCE).toBe(100);
  });
});
