import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { toTable } from '../../src/cli/terminal/table.ts';
import { startTestServer } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

const WIDTH = 80;
const long = 'customer-of-the-north-western-region-with-long-name';
const spec = (tenant_id: string, labels: object) => ({
  tenant_id,
  provider_type: 'memory',
  labels,
  containers: [
    { name: `web-${'w'.repeat(40)}`, image: `example.com/${'i'.repeat(60)}:1`, ports: [{ container_port: 80 }] },
  ],
  resources: { cpu: 128, memory: 128 },
});
const labels = { plan: 'p'.repeat(60), owner: 'o'.repeat(60), region: 'r'.repeat(60) };

/** Prepares a tenant with a long id and long labels, and one with a short id. Returns a function that runs a command. */
async function prepare() {
  const { url: endpoint } = await startTestServer();
  const run = async (words: string, stdin?: object) => {
    const { stdout, stderr } = await cli(words.split(' '), { endpoint, columns: WIDTH, stdin: JSON.stringify(stdin) });
    return { printed: stripVTControlCharacters(stdout), noted: stripVTControlCharacters(stderr) };
  };
  await run('apply -f -', spec(long, labels));
  await run('apply -f -', spec('short', {}));
  return run;
}

/** Returns the lines that are too wide although a space could break them. */
function tooWide(text: string): string[] {
  const isBreakable = (line: string) => /\S +\S/.test(line.replace(/^ *\S+ +(?=\S+$)/, ''));
  return text.split('\n').filter((line) => line.length > WIDTH && isBreakable(line));
}

test('no line is wider than a narrow terminal, but for a word that is', async () => {
  const run = await prepare();
  const commands = [
    'get tenants',
    `describe ${long}`,
    `status ${long}`,
    `get tenant ${long}`,
    `get operations ${long}`,
  ];
  for (const words of [
    ...commands,
    'activity',
    'explain',
    'explain memory',
    'doctor',
    'describe nope',
    `logs ${long}`,
  ]) {
    const { printed, noted } = await run(words);
    expect(tooWide(printed + noted), words).toEqual([]);
  }
  const { printed } = await run('plan -f -', spec(long, { plan: 'q'.repeat(60) }));
  expect(tooWide(printed)).toEqual([]);
});

test('a long id stands above the rest of its row, and crushes no other column', async () => {
  const run = await prepare();
  const { printed } = await run('get tenants');
  const [titles = '', id, row = '', short = ''] = printed.split('\n');
  expect(titles).toMatch(/^TENANT +PROVIDER +PHASE +READY +HEALTH +SEEN +RESTARTS +REV +AGE +ENDPOINT$/);
  expect(id).toBe(long);
  expect(row.indexOf('memory')).toBe(titles.indexOf('PROVIDER'));
  expect(short.indexOf('memory')).toBe(titles.indexOf('PROVIDER'));
});

test('describe cuts nothing', async () => {
  const run = await prepare();
  const { printed } = await run(`describe ${long}`);
  expect(printed).not.toContain('…');
  for (const label of Object.entries(labels)) expect(printed).toContain(label.join('='));
});

test('a message of 200 characters wraps in its column', () => {
  const message = Array.from({ length: 40 }, (_, index) => `${index + 10}`.padEnd(4, 'x')).join(' ');
  const columns = [
    { title: 'CONDITION', value: () => 'Ready' },
    { title: 'MESSAGE', value: () => message, elastic: true, wraps: true },
  ];
  const lines = toTable([{}], columns, WIDTH).split('\n').map(stripVTControlCharacters);
  expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
  expect(
    lines
      .slice(1)
      .map((line) => line.slice(11))
      .join(' '),
  ).toBe(message);
});
