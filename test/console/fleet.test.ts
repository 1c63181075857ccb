import { expect, test } from 'vitest';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { crashing, provision, serving, startHost } from './host.ts';

warnIfSkipped();

browserSuite('the fleet in a browser', () => {
  test('lists a tenant that crashes first, with its reason, and loads without a complaint of the browser', async () => {
    const { url } = await startHost();
    await Promise.all([provision(url, 'acme', serving), provision(url, 'globex', serving)]);
    const { page, complaints } = await openPage(url);
    expect(new URL(page.url()).pathname).toBe('/console/');
    const rows = page.locator('.fleet-row .row-link');
    await expect.poll(() => rows.allTextContents()).toEqual(['acme', 'globex']);
    await expect.poll(() => page.locator('.connection').textContent()).toBe('live');

    await provision(url, 'zenith', crashing);
    await expect.poll(() => rows.allTextContents(), { timeout: 20_000 }).toEqual(['zenith', 'acme', 'globex']);
    await expect.poll(() => page.locator('.is-failing .cell-state').textContent()).toBe('CrashLoop');
    expect(await page.locator('.chip-failing .chip-count').textContent()).toBe('1');
    await keepScreenshot(page, 'fleet');
    expect(complaints).toEqual([]);

    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).pathname).toBe('/console/tenants/zenith');
    await expect.poll(() => page.locator('.next-steps a').first().textContent()).toBe('Read the logs');
    await expect
      .poll(() => page.locator('.trouble').allTextContents())
      .toContainEqual(expect.stringMatching(/CrashLoop/));
    await keepScreenshot(page, 'tenant');
    expect(complaints).toEqual([]);
  });
});
