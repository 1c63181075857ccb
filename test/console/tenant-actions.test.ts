import type { Page, Request } from 'playwright-core';
import { expect, test } from 'vitest';
import { send } from '../infra/local/fixture.ts';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { provision, serving, startHost, update, waiting } from './host.ts';

warnIfSkipped();

const PATIENCE = { timeout: 30_000 };

async function phaseOf(url: string): Promise<unknown> {
  return (await send(url, 'GET', '/v1/tenants/acme')).body.phase;
}

/** Presses a button of the head, and the one of the dialog that confirms. Returns the request that was sent. */
async function carryOut(page: Page, name: string): Promise<Request> {
  await page.locator('.actions').getByRole('button', { name, exact: true }).click();
  const sent = page.waitForRequest((request) => request.method() !== 'GET');
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  const request = await sent;
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  return request;
}

browserSuite('actions of a tenant', () => {
  test('restart, stop, start and destroy show what happens, and send the revision and a key of their own', async () => {
    const { url } = await startHost();
    await provision(url, 'acme', serving);
    await expect.poll(() => phaseOf(url), PATIENCE).toBe('ready');
    const { page, complaints } = await openPage(`${url}/console/tenants/acme`);

    const restart = await carryOut(page, 'Restart');
    expect(new URL(restart.url()).pathname).toBe('/v1/tenants/acme/restart');
    expect(restart.headers()).toMatchObject({
      'if-match': '"1"',
      'idempotency-key': expect.stringMatching(/^\S{36}$/),
    });
    await expect.poll(() => phaseOf(url), PATIENCE).toBe('ready');

    const stop = await carryOut(page, 'Stop');
    expect(stop.headers()['idempotency-key']).not.toBe(restart.headers()['idempotency-key']);
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('stopped');
    await carryOut(page, 'Start');
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('healthy');

    await page.locator('.actions').getByRole('button', { name: 'Destroy' }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Destroy' });
    const field = page.getByRole('textbox', { name: 'Type acme to confirm' });
    await field.fill('acm');
    expect(await confirm.isDisabled()).toBe(true);
    await keepScreenshot(page, 'destroy');
    await field.fill('acme');
    await confirm.click();
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('destroyed');
    expect(await page.locator('.actions button').count()).toBe(0);
    expect(complaints.filter((text) => !/404|status/.test(text))).toEqual([]);
  });

  test('a change that is based on an old revision is refused with code and hint, and changes nothing', async () => {
    const { url } = await startHost();
    await provision(url, 'acme', serving);
    await expect.poll(() => phaseOf(url), PATIENCE).toBe('ready');
    const { page } = await openPage(`${url}/console/tenants/acme`);
    await page.locator('.actions').getByRole('button', { name: 'Stop' }).click();
    await update(url, 'acme', { ...serving, image: 'example/app:2' });
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    const problem = page.getByRole('dialog').getByRole('alert');
    await expect.poll(() => problem.textContent()).toContain('revision_conflict');
    expect(await problem.textContent()).toMatch(/The request has to change.*request /);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
    expect(await phaseOf(url)).not.toMatch(/stop/);
  });

  test('a change that cannot come up shows what it waits for and its lines, and is cancelled', async () => {
    const { url } = await startHost();
    await provision(url, 'acme', serving);
    await expect.poll(() => phaseOf(url), PATIENCE).toBe('ready');
    await update(url, 'acme', { ...waiting, image: 'example/app:2' });
    const { page, complaints } = await openPage(`${url}/console/tenants/acme`);
    await page.getByRole('link', { name: 'Watch the change' }).click();
    await expect.poll(() => page.locator('.version-waits').textContent(), PATIENCE).toContain('web');
    await expect.poll(() => page.locator('.time-left').textContent()).toMatch(/^\d+m \d+s left$/);
    expect(await page.locator('.version-name').allTextContents()).toEqual(['Revision 1', 'Revision 2']);
    await expect.poll(() => page.locator('.changes').textContent()).toContain('example/app:2');
    await expect
      .poll(() => page.locator('.log-line').last().textContent())
      .toContain('waiting for \\e[31mthe database');
    await keepScreenshot(page, 'change');

    await carryOut(page, 'Cancel the change');
    await expect.poll(() => page.locator('.tenant-state').textContent(), PATIENCE).toBe('healthy');
    expect((await send(url, 'GET', '/v1/tenants/acme')).body.serving_revision).toBe(3);
    expect(complaints).toEqual([]);
  });

  test('a page that is served for reading only has no buttons that change anything', async () => {
    const { url } = await startHost();
    await provision(url, 'acme', serving);
    await update(url, 'acme', { ...waiting, image: 'example/app:2' });
    const { page } = await openPage('about:blank');
    await page.route(/\/console\/tenants\//, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('content="change"', 'content="read"') });
    });
    await page.goto(`${url}/console/tenants/acme`);
    await expect.poll(() => page.locator('.next-steps').textContent(), PATIENCE).toContain('npx berth cancel acme');
    expect(await page.locator('main button:not(.copyable)').count()).toBe(0);
  });
});
