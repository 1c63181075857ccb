import { expect, test } from 'vitest';
import { shownCommand } from '../../../src/tenants/sessions/shown-command.ts';

const spec = {
  tenant_id: 'acme',
  containers: [{ name: 'web', image: 'a', env: { PASSWORD: 'open sesame', ON: '1' } }],
};

test.each<[string[], string]>([
  [['ls', '-l', '/var/lib'], 'ls -l /var/lib'],
  [['sh', '-c', 'echo 1; ls'], "sh -c 'echo 1; ls'"],
  [['echo', "it's"], "echo 'it'\\''s'"],
  [['login', '--password=open sesame'], "login '--password=[redacted]'"],
  [['echo', 'a\u001b[31mred\nline'], "echo 'ared line'"],
])('%j is shown as %s', (command, shown) => {
  expect(shownCommand(command, spec)).toBe(shown);
});

test('a long command is cut', () => {
  expect(shownCommand(['echo', 'x'.repeat(1000)], spec)).toMatch(/^echo x{250}…$/);
});
