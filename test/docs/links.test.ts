import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

/** All pages at the root and below `docs/`. */
const pages = [
  ...readdirSync(root),
  ...readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
].filter((path) => path.endsWith('.md'));

/** Returns a page without its code blocks, where brackets are code and a `#` is a comment. */
function proseOf(page: string): string {
  return readFileSync(new URL(page, root), 'utf8').replace(/^```.*?^```/gms, '');
}

/** Returns the anchors of the headings, in the notation of GitHub and GitLab. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns the links of a page to files of the repository and to their headings. */
function linksOf(page: string): string[] {
  const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/.test(target));
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : posix.join(posix.dirname(page), decodeURI(path));
  if (target.startsWith('..') || !existsSync(new URL(target, root))) return false;
  return anchor === undefined || (target.endsWith('.md') && anchorsOf(target).includes(anchor));
}

describe('the links between pages', () => {
  test('are found', () => {
    expect(linksOf('README.md')).toContain('docs/errors.md');
    expect(anchorsOf('docs/runbook.md')).toContain('dead-letters');
  });

  test.each(['docs/nowhere.md', 'docs/runbook.md#nowhere', '#nowhere', '../elsewhere.md'])(
    'a broken link is detected: %s',
    (link) => expect(resolves('README.md', link)).toBe(false),
  );

  test.each(pages)('of %s lead to existing files and headings', (page) => {
    expect(linksOf(page).filter((link) => !resolves(page, link))).toEqual([]);
  });
});

test('the changelog tells what is new, and what was in the released version', () => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const headings = readFileSync(new URL('CHANGELOG.md', root), 'utf8').match(/^## \S+/gm);
  expect(headings).toEqual(expect.arrayContaining(['## Unreleased', `## ${version}`]));
});
