import { expect, onTestFinished, test } from 'vitest';
import * as program from '../e2e/sigkill/host.ts';
import { temporaryDirectory } from '../infra/local/fixture.ts';
import { browserSuite, openPage, warnIfSkipped } from './browser.ts';
import { killTenantsAfterTest, provision, serving, startHost } from './host.ts';

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

  test('a host that is killed and started again is live again, with its tenants, without a reload of the page', async () => {
    const dataDir = temporaryDirectory();
    const first = await program.startHost(dataDir);
    onTestFinished(() => first.end('SIGKILL'));
    killTenantsAfterTest(dataDir);
    await provision(first.url, 'acme', serving);
    const { page } = await openPage(`${first.url}/console/tenants/acme`);
    const state = page.locator('.connection');
    await expect.poll(() => page.locator('.tenant-state').textContent()).toBe('healthy');
    await expect.poll(() => state.textContent()).toBe('live');

    await first.end('SIGKILL');
    await expect.poll(() => state.textContent()).toMatch(/^offline for/);
    expect(await page.locator('.tenant-state').textContent()).toBe('healthy');
    const next = await program.startHost(dataDir, Number(new URL(first.url).port));
    onTestFinished(() => next.end('SIGKILL'));
    await expect.poll(() => state.textContent(), { timeout: 30_000 }).toBe('live');
    await provision(next.url, 'acme', serving);
    await expect.poll(() => page.locator('.tenant-state').textContent(), { timeout: 30_000 }).toBe('healthy');
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
