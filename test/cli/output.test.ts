import stringWidth from 'string-width';
import { describe, expect, test, vi } from 'vitest';
import { startTestServer } from '../infra/local/fixture.ts';
import { cannedNow, startCannedHost } from './canned-host.ts';
import { cli, start } from './cli.ts';

vi.setConfig({ testTimeout: 60_000 });

const spec = JSON.stringify({
  tenant_id: 'acme-web',
  provider_type: 'ecs-eu',
  containers: [{ name: 'a', image: 'b' }],
  resources: { cpu: 128, memory: 128 },
});

const views = [
  'get tenants',
  'get tenants -o wide',
  'get tenant acme-web',
  'get providers',
  'get operations acme-web',
  'history acme-web',
  'status acme-web',
  'describe acme-web',
  'plan -f -',
  'explain',
];

describe.each([80, 120])('at %d columns', (columns) => {
  test.each(views)('berth %s matches its snapshot', async (words) => {
    const endpoint = await startCannedHost();
    const { stdout, stderr } = await cli(words.split(' '), {
      endpoint,
      columns,
      now: cannedNow,
      stdin: spec,
      env: { NO_COLOR: '1' },
    });
    expect(stdout).not.toBe('');
    expect(`${stdout}${stderr && `--- beside it\n${stderr}`}`).toMatchSnapshot();
  });

  test.each(['get operations acme-web', 'history acme-web', 'status acme-web', 'get providers'])(
    'every line of berth %s fits',
    async (words) => {
      const endpoint = await startCannedHost();
      const { stdout } = await cli(words.split(' '), { endpoint, columns, now: cannedNow, env: { NO_COLOR: '1' } });
      // The reason of a failure is a sentence, not a cell; the terminal wraps it.
      const lines = stdout.split('\n').filter((line) => !line.startsWith('  container '));
      for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
    },
  );
});

describe('colours', () => {
  const coloured = async (columns: number | undefined, env: Record<string, string> = {}, words = 'get tenants') => {
    const endpoint = await startCannedHost();
    const { stdout } = await cli(words.split(' '), { endpoint, env, ...(columns && { columns }) });
    return stdout.includes('\u001b[');
  };

  test('appear on terminals only, unless they are forced or disabled', async () => {
    expect(await coloured(80)).toBe(true);
    expect(await coloured(undefined)).toBe(false);
    expect(await coloured(80, { NO_COLOR: '1' })).toBe(false);
    expect(await coloured(80, { NO_COLOR: '' })).toBe(true);
    expect(await coloured(80, {}, 'get tenants --no-color')).toBe(false);
    expect(await coloured(undefined, { FORCE_COLOR: '1' })).toBe(true);
    expect(await coloured(80, {}, 'get tenants -o json')).toBe(false);
  });
});

test('output without a terminal is not truncated', async () => {
  const endpoint = await startCannedHost();
  expect((await cli(['status', 'acme-web'], { endpoint })).stdout).toContain('or its working folder is gone\n');
});

describe('waiting', () => {
  const slow = (id: string) => ({
    tenant_id: id,
    provider_type: 'memory',
    containers: [{ name: 'a', image: 'b' }],
    resources: { cpu: 128, memory: 128 },
    provider_config: { in_progress_ms: 2000 },
  });
  const stdin = `${JSON.stringify(slow('one'))}\n---\n${JSON.stringify(slow('two'))}`;

  test('animates a line for each tenant on a terminal and leaves the final lines', async () => {
    const { url } = await startTestServer();
    const running = start(['apply', '-f', '-'], { endpoint: url, stdin, columns: 80, env: { NO_COLOR: '1' } });
    await expect
      .poll(running.stderr, { timeout: 30_000 })
      .toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] one {2}provisioning.*\n {2}two {2}provisioning/);
    const { code, stderr, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/✓ one provisioned/);
    expect(stderr).toMatch(/✓ two provisioned/);
    // The spinner hides the cursor; it is visible again at the end.
    expect(stderr.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stderr.lastIndexOf('\u001b[?25l'));
  });

  test.each([{ columns: 80, env: { CI: 'true' } }, { columns: 80, env: { TERM: 'dumb' } }, {}])(
    'prints plain lines with %j',
    async (options) => {
      const { url } = await startTestServer();
      const { code, stderr } = await cli(['apply', '-f', '-', '--no-color'], { endpoint: url, stdin, ...options });
      expect(code).toBe(0);
      expect(stderr).not.toContain('\u001b');
      expect(stderr).toMatch(/^one: provisioning/m);
      expect(stderr).toMatch(/^✓ two provisioned/m);
    },
  );
});

describe('usage', () => {
  test.each([
    ['aply', 4, "unknown command 'aply'\n(Did you mean apply?)\nberth --help lists the commands."],
    ['apply', 4, "required option '-f, --file <path>' not specified\nSee berth apply --help."],
    ['apply -f x --wat', 4, "unknown option '--wat'"],
    ['get tenants -o xml', 4, '--output must be one of table, wide, json, yaml, name'],
    ['status', 4, "missing required argument 'tenant'"],
    ['describe a b', 4, 'too many arguments'],
    ['apply -f - --timeout soon', 4, '--timeout must be a duration up to 24h'],
    ['get tenants -l plan', 4, '--selector must be key=value, not "plan"'],
    ['get tenants -l plan!=pro', 4, '--selector does not support "!="'],
    ['get tenants -l !plan', 4, '--selector does not support "!"'],
    ['get tenants --selector=plan\tin(pro,free)', 4, '--selector does not support "in"'],
    ['get tenants --selector=plan\tnotin(pro)', 4, '--selector does not support "notin"'],
    ['logs a --tail 0', 4, '--tail must be a whole number from 1 to 1000'],
    ['apply -f - --concurrency 1000', 4, '--concurrency must be a whole number from 1 to 64'],
  ])('berth %s exits with %d and says what is wrong', async (words, code, message) => {
    const result = await cli(words.split(' '));
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });

  test('no words, --help and help print the same', async () => {
    const [bare, flag, command] = await Promise.all([cli([]), cli(['--help']), cli(['help'])]);
    expect(bare).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Quick start'),
      stderr: '',
    });
    expect(flag).toEqual(bare);
    expect(command).toEqual(bare);
    expect((await cli(['help', 'apply'])).stdout).toBe((await cli(['apply', '--help'])).stdout);
    expect(await cli(['get'])).toMatchObject({ code: 4, stderr: expect.stringContaining('berth get') });
  });
});
