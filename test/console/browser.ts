import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

const isRequired = process.env.BERTH_REQUIRE_CHROMIUM === '1';
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Where screenshots are kept. Default: nowhere. */
const screenshots = process.env.BERTH_SCREENSHOTS;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-sync',
  '--disable-component-update',
  '--no-first-run',
];

/** Milliseconds for the first load, during which a host that was just started may bundle the console on a busy machine. */
const LOAD_TIMEOUT = 90_000;

/** Milliseconds for a test: it starts a host, tenants and a page. */
const TEST_TIMEOUT = 240_000;

let browser: Browser | undefined;

/** Defines tests in a real browser. With BERTH_REQUIRE_CHROMIUM=1 they fail without one, otherwise they are skipped. */
export function browserSuite(name: string, define: () => void): void {
  if (executablePath === undefined) {
    if (isRequired) test(name, () => expect.fail('no Chromium is installed: apt-get install chromium'));
    else describe.skip(name, define);
    return;
  }
  describe(name, { timeout: TEST_TIMEOUT }, () => {
    beforeAll(async () => {
      const { chromium } = await import('playwright-core');
      browser = await chromium.launch({ executablePath, args: ARGUMENTS });
    });
    afterAll(() => browser?.close());
    define();
  });
}

/** Prints once that tests were skipped. */
export function warnIfSkipped(): void {
  if (executablePath !== undefined || isRequired) return;
  process.stderr.write('Console suite skipped: no Chromium is installed. apt-get install chromium installs one.\n');
}

export interface ConsolePage {
  page: Page;
  /** Everything that the browser complained of: errors, warnings, refused loads, answers of 400 and more. */
  complaints: string[];
}

/** Opens a page in a fresh profile, and closes it after the test. */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<ConsolePage> {
  if (!browser) throw new Error('openPage works in a browserSuite only');
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url, { timeout: LOAD_TIMEOUT });
  return { page, complaints };
}

/** Keeps a screenshot where BERTH_SCREENSHOTS names a folder. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
}
