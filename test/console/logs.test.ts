import { expect, test } from 'vitest';
import { send } from '../infra/local/fixture.ts';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { printing, provision, startHost } from './host.ts';

warnIfSkipped();

const PATIENCE = { timeout: 30_000 };

browserSuite('logs in a browser', () => {
  test('are followed over a restart, each line once, as text; they are searched and paused', async () => {
    const { url } = await startHost();
    await provision(url, 'acme', printing);
    const { page, complaints } = await openPage(`${url}/console/tenants/acme/logs`);
    const texts = page.locator('.log-text');
    const newest = async () => (await texts.allTextContents()).at(-1) ?? '';
    await expect.poll(newest, PATIENCE).toMatch(/^\d+ \d+ <b>bold<\/b> \\e\[31mred \\u202e evil/);
    expect(await page.locator('.log-text b').count()).toBe(0);
    await keepScreenshot(page, 'logs');

    const [before = ''] = (await newest()).split(' ');
    await expect.poll(async () => (await send(url, 'GET', '/v1/tenants/acme')).body.phase, PATIENCE).toBe('ready');
    expect((await send(url, 'POST', '/v1/tenants/acme/restart')).status).toBeLessThan(300);
    await expect.poll(async () => (await newest()).split(' ')[0], PATIENCE).not.toBe(before);
    const read = (await texts.allTextContents()).map((text) => text.split(' ', 2).join(' '));
    expect(new Set(read).size).toBe(read.length);
    const box = page.locator('.logs-box');
    await expect.poll(() => box.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);

    await page.keyboard.press('p');
    await expect.poll(() => page.getByRole('status').last().textContent()).toMatch(/paused$/);
    const held = await texts.count();
    await page.keyboard.press('/');
    await page.keyboard.type(`${before} 1 `);
    await expect.poll(() => texts.allTextContents()).toEqual([expect.stringContaining(`${before} 1 `)]);
    expect(new URL(page.url()).searchParams.get('q')).toBe(`${before} 1 `);
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await expect.poll(() => texts.count()).toBe(held);
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect.poll(() => texts.count(), PATIENCE).toBeGreaterThan(held);
    expect(complaints).toEqual([]);
  });
});
