import { expect, test } from 'vitest';
import { browserSuite, openPage, warnIfSkipped } from './browser.ts';
import { provision, serving, startHost } from './host.ts';

warnIfSkipped();

browserSuite('the connection of the console', () => {
  test('a host that stops is told as offline, what is known stays, and its return is noticed', async () => {
    const host = await startHost();
    await provision(host.url, 'acme', serving);
    const { page } = await openPage(`${host.url}/console/`);
    const rows = page.locator('.fleet-row .row-link');
    const state = page.locator('.connection');
    await expect.poll(() => state.textContent()).toBe('live');
    await expect.poll(() => rows.allTextContents()).toEqual(['acme']);

    await host.close();
    await expect.poll(() => state.textContent()).toMatch(/^offline for \d+s$/);
    expect(await rows.allTextContents()).toEqual(['acme']);

    const port = Number(new URL(host.url).port);
    const next = await startHost({ port, dataDir: host.dataDir });
    await provision(next.url, 'globex', serving);
    await expect.poll(() => state.textContent()).toBe('live');
    await expect.poll(() => rows.allTextContents()).toEqual(['acme', 'globex']);
  });

  test('a host with a token is asked for it once, and the token of the address is taken out of it', async () => {
    const { url, token } = await startHost({ token: true });
    const value = token?.value ?? '';
    const { page } = await openPage(`${url}/console/`);
    const field = page.getByRole('textbox', { name: 'Token' });
    await field.fill('not the token');
    await page.keyboard.press('Enter');
    await expect.poll(() => field.inputValue()).toBe('');
    await field.fill(value);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.empty h2').textContent()).toBe('No tenants yet');
    expect(await page.locator('dialog').count()).toBe(0);

    const linked = await openPage(`${url}/console/#token=${value}`);
    await expect.poll(() => linked.page.locator('.connection').textContent()).toBe('live');
    expect(linked.page.url()).toBe(`${url}/console/`);
    expect(linked.complaints).toEqual([]);
  });
});
