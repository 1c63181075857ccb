import { expect, test } from 'vitest';
import { send } from '../infra/local/fixture.ts';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { provision, serving, startHost, update } from './host.ts';

warnIfSkipped();

const PATIENCE = { timeout: 30_000 };

browserSuite('the history of a tenant and the activity of all', () => {
  test('compares any two revisions, rolls back after the plan, and lists who did it', async () => {
    const { url } = await startHost();
    const isReady = () =>
      expect.poll(async () => (await send(url, 'GET', '/v1/tenants/acme')).body.phase, PATIENCE).toBe('ready');
    await provision(url, 'acme', serving);
    await isReady();
    for (const version of [2, 3]) {
      await update(url, 'acme', { ...serving, image: `example/app:${version}` });
      await isReady();
    }
    const { page, complaints } = await openPage(`${url}/console/tenants/acme/history`);
    const rows = page.locator('.revisions tbody tr');
    await expect.poll(() => rows.locator('th').allTextContents()).toEqual(['3', '2', '1']);
    await page.getByRole('radio', { name: 'Compare from revision 1' }).check();
    await expect.poll(() => new URL(page.url()).search).toBe('?from=1&to=3');
    await expect.poll(() => page.locator('.history .changes tbody').textContent()).toMatch(/app:1.*app:3/);
    await keepScreenshot(page, 'history');

    await page.getByRole('button', { name: 'Roll back to revision 1' }).click();
    const dialog = page.getByRole('dialog');
    await expect.poll(() => dialog.locator('.changes tbody').textContent()).toMatch(/app:3.*app:1/);
    await keepScreenshot(page, 'rollback');
    await dialog.getByRole('button', { name: 'Roll back to revision 1' }).click();
    await expect.poll(() => rows.locator('th').allTextContents(), PATIENCE).toEqual(['4', '3', '2', '1']);
    await isReady();

    await page.getByRole('link', { name: 'Activity' }).click();
    const operations = page.locator('.operations tbody tr');
    await expect.poll(() => operations.count(), PATIENCE).toBe(4);
    await keepScreenshot(page, 'activity');
    await page.getByRole('combobox', { name: 'Type' }).selectOption('rollback');
    await expect.poll(() => operations.count()).toBe(1);
    expect(page.url()).toBe(`${url}/console/activity?type=rollback`);
    await page.reload();
    await expect
      .poll(() => operations.allTextContents())
      .toEqual([expect.stringMatching(/acmerollback revision 4.*local/)]);
    expect(complaints).toEqual([]);
  });
});
