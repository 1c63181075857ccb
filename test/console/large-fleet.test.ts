import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { browserSuite, openPage, warnIfSkipped } from './browser.ts';
import { startHost } from './host.ts';
import { rowOf } from './rooms/fleet/row-of.ts';

warnIfSkipped();

const TENANTS = 10_000;
const PAGE = 100;

/** Serves the list in place of the host, which would take minutes to provision as many. */
async function fakeList(page: Page): Promise<void> {
  await page.route(/\/v1\/tenants\?/, async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
    const tenants = Array.from({ length: PAGE }, (_, offset) => {
      const id = `tenant-${String(from + offset).padStart(5, '0')}`;
      return {
        ...rowOf(id, from + offset === TENANTS - 1 ? { health: 'unhealthy', reason: 'CrashLoop' } : {}),
        endpoints: [],
      };
    });
    const next = from + PAGE;
    await route.fulfill({ json: { tenants, next_cursor: next < TENANTS ? String(next) : null } });
  });
}

browserSuite('a fleet of ten thousand', () => {
  test('is read page by page, of which only visible rows are drawn, and is searched by keyboard', async () => {
    const { url } = await startHost();
    const { page, complaints } = await openPage('about:blank');
    await fakeList(page);
    await page.goto(`${url}/console/`);
    const status = page.locator('.fleet-status');
    const rows = page.locator('.fleet-row .row-link');
    await expect.poll(() => status.textContent(), { timeout: 30_000 }).toBe('10,000 tenants');
    expect(await rows.first().textContent()).toBe('tenant-09999');
    expect(await rows.count()).toBeLessThan(60);

    await page.evaluate("document.querySelector('.virtual-list').scrollTo(0, 1e9)");
    await expect.poll(() => rows.last().textContent()).toBe('tenant-09998');
    expect(await rows.count()).toBeLessThan(60);

    await page.keyboard.press('/');
    await page.keyboard.type('0123');
    await expect.poll(() => status.textContent()).toBe('11 of 10,000 tenants');
    expect(new URL(page.url()).search).toBe('?q=0123');
    await page.reload();
    await expect.poll(() => status.textContent(), { timeout: 30_000 }).toBe('11 of 10,000 tenants');
    expect(await page.getByLabel(/^Search/).inputValue()).toBe('0123');
    expect(complaints).toEqual([]);
  });

  test('does not move a row that the pointer is on, and says that it would', async () => {
    const { url } = await startHost();
    const { page } = await openPage('about:blank');
    await page.route(/\/v1\/tenants\?/, (route) => route.fulfill({ json: { tenants: listed, next_cursor: null } }));
    let listed = ['acme', 'globex'].map((id) => ({ ...rowOf(id), endpoints: [] }));
    await page.goto(`${url}/console/`);
    const rows = page.locator('.fleet-row .row-link');
    await expect.poll(() => rows.allTextContents()).toEqual(['acme', 'globex']);
    await rows.first().hover();
    const changed = { ...rowOf('globex', { health: 'unhealthy', reason: 'CrashLoop' }), endpoints: [] };
    listed = listed.with(1, changed);
    await expect.poll(() => page.locator('.is-failing .cell-state').textContent()).toBe('CrashLoop');
    expect(await rows.allTextContents()).toEqual(['acme', 'globex']);
    await expect.poll(() => page.locator('.fleet-status button').textContent()).toContain('2 would move');
    await page.mouse.move(5, 5);
    await expect.poll(() => rows.allTextContents()).toEqual(['globex', 'acme']);
  });
});
