import { expect, test } from 'vitest';
import { visibleText } from '../../../src/console/logs/visible-text.ts';
import { shownValue } from '../../../src/console/specs/shown-value.ts';

test.each([
  ['\u001b[31mred\u001b[0m', '\\e[31mred\\e[0m'],
  ['done\rover', 'done\\rover'],
  ['safe\u202Egnp.exe', 'safe\\u202egnp.exe'],
  ['zero\u200bwidth\u0000', 'zero\\u200bwidth\\u0000'],
  ['tab\tand\nline <b>as they are</b> שלום', 'tab\tand\nline <b>as they are</b> שלום'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('values of specifications are shown as text or JSON, and long ones are shortened', () => {
  expect(shownValue('acme/app:2')).toBe('acme/app:2');
  expect(shownValue(undefined)).toBe('–');
  expect(shownValue(['a'])).toBe('["a"]');
  expect(shownValue('x'.repeat(10_400))).toBe(`${'x'.repeat(400)}… 10,000 more characters`);
});
