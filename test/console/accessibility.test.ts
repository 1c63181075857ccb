import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page, Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { send } from '../infra/local/fixture.ts';
import { browserSuite, keepScreenshot, openPage, warnIfSkipped } from './browser.ts';
import { crashing, printing, provision, serving, startHost, update, waiting } from './host.ts';

warnIfSkipped();

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PATIENCE = { timeout: 60_000 };

/** Each room with something to see in it, and what is there once it has been drawn. */
const ROOMS = [
  ['fleet', '', '.fleet-row .row-link'],
  ['tenant', 'tenants/zenith', '.rows tbody tr'],
  ['change', 'tenants/acme/change', '.changes'],
  ['logs', 'tenants/globex/logs', '.log-text'],
  ['history', 'tenants/acme/history', '.changes'],
  ['rollouts', 'rollouts', '.rollout-id'],
  ['rollout', 'rollouts/version-2', '.cell'],
  ['activity', 'activity', '.operation-tenant'],
  ['missing', 'no-such-page', '.empty'],
] as const;

async function startFullHost(): Promise<string> {
  const { url } = await startHost();
  const tenants = { acme: serving, globex: printing, zenith: crashing };
  for (const [name, container] of Object.entries(tenants)) await provision(url, name, container);
  await expect.poll(async () => (await send(url, 'GET', '/v1/tenants/acme')).body.phase, PATIENCE).toBe('ready');
  await update(url, 'acme', { ...waiting, image: 'example/app:2' });
  const body = {
    rollout_id: 'version-2',
    select: { tenant_ids: ['globex'] },
    change: { labels: { version: '2' } },
    waves: [{ size: '100%', gate: 'approval' }],
  };
  expect((await send(url, 'POST', '/v1/rollouts', { body })).status).toBe(201);
  return url;
}

/** Returns what axe finds, as a line for each rule and element. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] })",
  )) as AxeResults;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

/** Returns true if nothing is wider than the page. */
function fits(page: Page): Promise<boolean> {
  return page.evaluate(
    "[document.documentElement, document.querySelector('main')].every((each) => each.scrollWidth <= each.clientWidth)",
  );
}

const HOSTILE = `<img src=x onerror="document.title='pwned'"> \u202egnp \u001b[31m ${'w'.repeat(10_240)}`;

/** Fields that hold what tenants, callers and backends write. */
const FREE = new Set(['message', 'actor', 'reason', 'detail', 'hint', 'text', 'before', 'after', 'started_by']);

/** Puts a hostile string into every free field of an answer. */
function poisoned(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => poisoned(each, key === 'changed' ? 'text' : ''));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, poisoned(each, name)]));
  }
  return typeof value === 'string' && FREE.has(key) ? HOSTILE : value;
}

async function poison(route: Route): Promise<void> {
  const response = await route.fetch();
  await route.fulfill({ response, json: poisoned(await response.json()) });
}

browserSuite('every room of the console', () => {
  test('passes axe in light and dark, and fits a narrow screen and a wide one', async () => {
    const url = await startFullHost();
    const problems: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage('about:blank', { colorScheme });
      for (const [room, path, mark] of ROOMS) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await page.goto(`${url}/console/${path}`);
        await page.locator(mark).first().waitFor(PATIENCE);
        await keepScreenshot(page, `${room}-${colorScheme}`);
        problems.push(...(await violations(page)).map((text) => `${room} ${colorScheme}: ${text}`));
        if (!(await fits(page))) problems.push(`${room} ${colorScheme}: is wider than 1280 pixels`);
        await page.setViewportSize({ width: 360, height: 740 });
        await keepScreenshot(page, `${room}-${colorScheme}-narrow`);
        if (!(await fits(page))) problems.push(`${room} ${colorScheme}: is wider than 360 pixels`);
      }
    }
    expect(problems).toEqual([]);
  });

  test('shows hostile text as text, and stays as wide as the screen', async () => {
    const url = await startFullHost();
    const { page } = await openPage('about:blank', { viewport: { width: 360, height: 740 } });
    await page.route(/\/v1\/(?!events)/, poison);
    const problems: string[] = [];
    for (const [room, path, mark] of ROOMS) {
      await page.goto(`${url}/console/${path}`);
      await page
        .locator(mark)
        .first()
        .waitFor({ ...PATIENCE, state: 'attached' });
      const text = (await page.locator('main').textContent()) ?? '';
      if (['\u202e', '\u001b'].some((each) => text.includes(each)))
        problems.push(`${room}: shows invisible characters`);
      if ((await page.locator('main img').count()) > 0) problems.push(`${room}: draws markup`);
      if (!(await fits(page))) problems.push(`${room}: is wider than the screen`);
      if ((await page.title()).includes('pwned')) problems.push(`${room}: runs a script`);
      await keepScreenshot(page, `${room}-hostile`);
    }
    expect(problems).toEqual([]);
  });
});
