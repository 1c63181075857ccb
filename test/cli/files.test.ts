import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { describeFinding } from '../../src/cli/files/excerpt.ts';
import { FindingsError } from '../../src/cli/files/finding.ts';
import { type LoadedSpec, type LoadOptions, loadSpecs } from '../../src/cli/files/load-specs.ts';
import { parseDocuments } from '../../src/cli/files/parse-documents.ts';
import { withoutStyles } from '../../src/cli/terminal/style.ts';
import { temporaryDirectory } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

const good = (id: string, more = '') => `tenant_id: ${id}
provider_type: memory
containers:
  - name: web
    image: nginx:1
resources: { cpu: 128, memory: 128 }
${more}`;

/** Parses a text as standard input. */
function load(text: string | Buffer, options?: LoadOptions): Promise<LoadedSpec[]> {
  return loadSpecs(['-'], Readable.from([Buffer.from(text)]), options);
}

async function findingsOf(text: string, options?: LoadOptions) {
  const error: unknown = await load(text, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof FindingsError)) throw error;
  return error.findings.map(({ position, message }) => `${position.line}:${position.column} ${message}`);
}

function parse(text: string) {
  return parseDocuments({ name: 'x.yaml', text, folder: '.' });
}

/** Returns a key whose value repeats an alias nine times. */
function aliasing(name: string, target: string | undefined): string {
  return `${name}: &${name} [${Array(9).fill(`*${target}`)}]`;
}

/** Returns a key whose value merges an alias nine times. */
function merging(name: string, target: string): string {
  return `${name}: &${name} { <<: [${Array(9).fill(`*${target}`)}] }`;
}

describe('a file of specifications', () => {
  test('that is not YAML is refused without quoting its contents', async () => {
    const page = `- one\n\`\`\`\nPASSWORD: canary\n\`\`\`\n${'canary '.repeat(1000)}`;
    const findings = await findingsOf(page);
    expect(findings[0]).toBe('2:1 Unexpected scalar at node end');
    expect(findings.at(-1)).toMatch(/^\d+:\d+ Unexpected scalar token$/);
    expect(findings.join('\n')).not.toContain('canary');
  });

  test('may hold several documents in YAML or JSON', async () => {
    const json = JSON.stringify({
      tenant_id: 'c',
      provider_type: 'memory',
      containers: [{ name: 'a', image: 'b' }],
      resources: { cpu: 128, memory: 128 },
    });
    const specs = await load(`# a comment\n${good('a')}---\n${good('b')}---\n---\n${json}\n`);
    expect(specs.map(({ spec }) => spec.tenant_id)).toEqual(['a', 'b', 'c']);
  });

  test('in a folder is read in order with all others', async () => {
    const folder = temporaryDirectory();
    for (const name of ['b.yml', 'a.yaml', 'c.json', 'd.txt']) {
      writeFileSync(
        join(folder, name),
        name === 'c.json' ? JSON.stringify({ ...(await load(good('c')))[0]?.spec }) : good(name[0] ?? ''),
      );
    }
    mkdirSync(join(folder, 'e.yaml.d'));
    const specs = await loadSpecs([folder], Readable.from([]));
    expect(specs.map(({ spec }) => spec.tenant_id)).toEqual(['a', 'b', 'c']);
  });

  test('gets a finding with a position for each mistake in each document', async () => {
    const text =
      'tenant_id: Acme\nprovider_type: memory\ncontainers:\n  - name: web\n    image: UPPER\n    imagee: x\n' +
      `resources: { cpu: 1, memory: 128 }\n---\n${good('fine')}---\ncontainers: []\n---\n{"a": [1,}\n---\nb: "unclosed\n`;
    expect(await findingsOf(text)).toEqual([
      '1:12 tenant_id must be 1 to 63 lower-case letters, digits or hyphens, beginning and ending with a letter or digit',
      '5:12 image must be a valid image reference',
      '6:5 unknown field: imagee; did you mean image?',
      '7:19 cpu must be at least 128 millicores; 1 core is 1000 millicores: write cpu: 1000',
      '16:1 tenant_id required',
      '16:1 provider_type required',
      '16:1 at least one container required',
      '16:1 resources required',
      '18:10 Flow sequence in block collection must be sufficiently indented and end with a ]',
      '18:11 Flow map must end with a }',
      expect.stringMatching(/^2[01]:\d+ Missing closing "quote$/),
    ]);
  });

  test('must not contain a duplicate key or tenant', async () => {
    expect(await findingsOf('a: 1\nb:\n  c: 1\n  c: 2\n')).toEqual(['4:3 duplicate key: c']);
    expect(await findingsOf(`${good('a')}---\n${good('a')}`)).toEqual([
      '8:12 tenant a is specified twice; first at (standard input):1',
    ]);
  });

  test('is filtered by labels and overridden by --tenant and --provider', async () => {
    const text = `${good('a', 'labels: { plan: pro }')}\n---\n${good('b', 'labels: { plan: free }')}\n`;
    const pro = await load(text, { selector: { plan: 'pro' } });
    expect(pro.map(({ spec }) => spec.tenant_id)).toEqual(['a']);
    await expect(load(text, { selector: { plan: 'none' } })).rejects.toThrow('none of the 2 specifications');
    const [moved] = await load(good('a'), { tenant: 'other', provider: 'docker' });
    expect(moved?.spec).toMatchObject({ tenant_id: 'other', provider_type: 'docker' });
  });

  test('may use anchors and merges', async () => {
    const [loaded] = await load(
      `${good('a')}labels: &labels { plan: pro }\n`.replace('resources:', 'x: 1\nresources:'),
    ).catch(() => []);
    expect(loaded).toBeUndefined();
    const { documents } = parse('a: &a { b: 1 }\nc: { <<: *a, d: 2 }\n');
    expect(documents[0]?.value).toEqual({ a: { b: 1 }, c: { b: 1, d: 2 } });
  });

  test('that is empty, missing or binary is refused in plain words', async () => {
    await expect(load('')).rejects.toThrow('no specification found');
    await expect(load('# nothing\n---\n')).rejects.toThrow('no specification found');
    await expect(loadSpecs(['/nonexistent'], Readable.from([]))).rejects.toThrow('no such file or folder');
    await expect(loadSpecs([temporaryDirectory()], Readable.from([]))).rejects.toThrow('no file in this folder');
    await expect(load(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]))).rejects.toThrow('not UTF-8 text');
    await expect(load(Buffer.from([0xff, 0xfe, 0x41]))).rejects.toThrow('not UTF-8 text');
    expect(await findingsOf('just a word')).toEqual(['1:1 specification must be an object']);
  });

  test('without an end is read up to the maximum size', async () => {
    let given = 0;
    const endless = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536, 'a'));
      },
    });
    await expect(loadSpecs(['-'], endless)).rejects.toThrow('larger than 1024 KB');
    expect(given).toBeLessThan(2 * 1024 * 1024);
    await expect(loadSpecs(['/dev/zero'], Readable.from([]))).rejects.toThrow('not UTF-8 text');
  });

  test.each([
    ['brackets', '['.repeat(500_000)],
    ['braces', '{"a":'.repeat(150_000)],
    ['dashes', '- '.repeat(5000)],
    ['question marks', '? '.repeat(5000)],
    ['indentation', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    [
      'aliases',
      ['a: &a [x,x,x,x,x,x,x,x,x]', ...[...'bcdefgh'].map((name, index) => aliasing(name, 'abcdefgh'[index]))].join(
        '\n',
      ),
    ],
    ['documents', '---\na: 1\n'.repeat(2000)],
    ['broken documents', '--- "x\n'.repeat(60_000)],
    ['mistakes', 'a: b: c\n'.repeat(20_000)],
    ['merges', ['a0: &a0 {x: 1}', ...Array.from({ length: 9 }, (_, at) => merging(`a${at + 1}`, `a${at}`))].join('\n')],
  ])('with too many %s is refused without exhausting memory or stack', (_, text) => {
    const { documents, findings } = parse(text);
    expect(documents).toEqual([]);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThan(30);
    for (const { message } of findings) expect(message).not.toMatch(/stack|RangeError/);
  });

  test('with very many keys is checked in linear time', async () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join('\n');
    expect(parse(text).findings).toEqual([]);
    expect(await findingsOf(text)).toEqual(['1:1 specification must have at most 256 entries']);
  });

  test('with a self-referencing alias is refused', async () => {
    expect(await findingsOf('tenant_id: &a [*a]\n')).toEqual([expect.stringContaining('nested deeper than 32 levels')]);
  });

  test('cannot pollute a prototype', async () => {
    expect(await findingsOf(`${good('a')}__proto__: { polluted: yes }\n`)).toContain('7:1 unknown field: __proto__');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('an excerpt', () => {
  async function excerptOf(text: string): Promise<string[]> {
    const error: unknown = await load(text).catch((thrown: unknown) => thrown);
    if (!(error instanceof FindingsError)) throw error;
    return error.findings.map((finding) => withoutStyles(describeFinding(finding)));
  }

  test('shows the line and points at the value', async () => {
    expect(await excerptOf(good('a').replace('cpu: 128', 'cpu: 1'))).toEqual([
      [
        '(standard input):6:19  cpu must be at least 128 millicores; 1 core is 1000 millicores: write cpu: 1000',
        '  6 | resources: { cpu: 1, memory: 128 }',
        '    |                   ^',
      ].join('\n'),
    ]);
  });

  test('of a long line shows the relevant part and points at the position', async () => {
    const spec = {
      tenant_id: 'a',
      provider_type: 'memory',
      labels: { long: 'x'.repeat(200) },
      containers: [{ name: 'a', image: 'b' }],
      resources: { cpu: 1, memory: 128 },
    };
    const [excerpt = ''] = await excerptOf(JSON.stringify(spec));
    const [, line = '', pointer = ''] = excerpt.split('\n');
    expect(line.length).toBeLessThan(110);
    expect(line.slice(pointer.indexOf('^'))).toMatch(/^1,"memory"/);
  });

  test('never shows the value of an environment variable', async () => {
    const secret = 'hunter2-canary';
    const yaml = good('a').replace(
      'image: nginx:1',
      `image: nginx:1\n    env: { TOKEN: [${secret}], OTHER: ${secret} }`,
    );
    const json = JSON.stringify({ tenant_id: 'a', containers: [{ name: 'A', env: { TOKEN: secret } }] });
    const shared = `x-env: &env { TOKEN: ${secret} }\n${good('a')}`;
    for (const text of [yaml, json, shared]) {
      const excerpts = await excerptOf(text);
      expect(excerpts.length).toBeGreaterThan(0);
      expect(excerpts.join('\n')).not.toContain(secret);
    }
  });

  test('escapes terminal control characters', async () => {
    const [excerpt = ''] = await excerptOf(
      'tenant_id: "\u001b]0;owned\u0007"\nprovider_type: memory\n'.replace('"', "'").replace('"', "'"),
    );
    expect(excerpt).toContain('\\u001b]0;owned\\u0007');
    expect(excerpt).not.toContain('\u001b');
  });
});

describe('a mistyped field or amount', () => {
  test.each([
    ['cpu: 128', 'cpu: 0.5', '6:19 cpu must be at least 128 millicores; 0.5 cores are 500 millicores: write cpu: 500'],
    ['cpu: 128', 'cpu: 500m', '6:19 cpu must be a whole number of millicores; 500m is 500 millicores: write cpu: 500'],
    ['memory: 128', 'memory: 128Mi', 'memory must be a whole number of MB; 128Mi is 128 MB: write memory: 128'],
    ['memory: 128', 'memory: "128m"', 'memory must be a whole number of MB; 128m is 128 MB: write memory: 128'],
    ['memory: 128', 'memory: "256"', 'memory must be a whole number of MB; write memory: 256, without quotes'],
    ['memory: 128', 'memory: much', 'memory must be a whole number of MB'],
    ['image: nginx:1', 'image: nginx:1\n    enviroment: {}', '6:5 unknown field: enviroment'],
    ['image: nginx:1', 'image: nginx:1\n    port: []', '6:5 unknown field: port; did you mean ports?'],
    ['image: nginx:1', 'image: nginx:1\n    health_check: { typ: tcp }', '6:21 unknown field: typ; did you mean type?'],
    ['tenant_id: a', 'tenant_id: a\ntenantId: b', '2:1 unknown field: tenantId; did you mean tenant_id?'],
    ['tenant_id: a', 'tenant_id: a\nzzzzzz: 1', '2:1 unknown field: zzzzzz'],
    ['tenant_id: a', '$schema: 1\ntenant_id: a', '1:1 unknown field: $schema'],
  ])('where %j is %j is told with what was meant', async (right, wrong, told) => {
    const found = await findingsOf(good('a').replace(right, wrong));
    expect(
      found.some((each) => each.endsWith(told)),
      found.join('\n'),
    ).toBe(true);
  });

  test('does not hide the schema that a file names for editors', async () => {
    const [loaded] = await load(`$schema: ../docs/spec.schema.json\n${good('a')}`);
    expect(loaded?.spec).not.toHaveProperty('$schema');
  });

  test('is explained within 80 columns on a terminal', async () => {
    const text = good('a').replace(
      'image: nginx:1',
      `image: nginx:1\n    args: [${'x'.repeat(60)}, ${'y'.repeat(60)}]\n    port: 1`,
    );
    const { stderr, code } = await cli(['apply', '-f', '-'], {
      stdin: text.replace('tenant_id: a', 'tenant_id: A'),
      columns: 80,
      env: { NO_COLOR: '1' },
    });
    expect(code).toBe(1);
    for (const line of stderr.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
