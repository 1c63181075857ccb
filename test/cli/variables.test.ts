import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../src/cli/files/dotenv.ts';
import { describeFinding } from '../../src/cli/files/excerpt.ts';
import { FindingsError } from '../../src/cli/files/finding.ts';
import { type LoadOptions, loadSpecs } from '../../src/cli/files/load-specs.ts';
import { substitute, type Unset } from '../../src/cli/import/interpolation.ts';
import { temporaryDirectory } from '../infra/local/fixture.ts';

/** Returns a variable in braces. */
const variable = (inner: string) => `$\{${inner}}`;
const values = (text: string, known?: ReadonlyMap<string, string>) =>
  Object.fromEntries(parseEnvFile(text, known).values);

describe('an environment file', () => {
  // The first cases are those of docs.docker.com/compose/env-file, "Syntax".
  test.each([
    ['VAR=VAL', 'VAL'],
    ['VAR="VAL"', 'VAL'],
    ["VAR='VAL'", 'VAL'],
    ['VAR=VAL # comment', 'VAL'],
    ['VAR=VAL# not a comment', 'VAL# not a comment'],
    ['VAR="VAL # not a comment"', 'VAL # not a comment'],
    ['VAR="VAL" # comment', 'VAL'],
    ["VAR='$OTHER'", '$OTHER'],
    [`VAR='${variable('OTHER')}'`, variable('OTHER')],
    ["VAR='Let\\'s go!'", "Let's go!"],
    ['VAR="{\\"hello\\": \\"json\\"}"', '{"hello": "json"}'],
    ['VAR="some\\tvalue"', 'some\tvalue'],
    ["VAR='some\\tvalue'", 'some\\tvalue'],
    ['VAR=some\\tvalue', 'some\\tvalue'],
    ['export VAR=x', 'x'],
    ['  VAR = x y  ', 'x y'],
    ['VAR: x', 'x'],
    ['VAR=', ''],
    ['VAR= # nothing', ''],
    ['VAR="a\nb"\r\nB=2', 'a\nb'],
    ['\ufeff# head\r\n\r\nVAR=x\r\n', 'x'],
    ['VAR=a=b', 'a=b'],
    ['VAR=p$1', 'p$1'],
    ['VAR="\\$HOME"', '$HOME'],
  ])('with %j has the value %j', (text, value) => expect(values(text).VAR).toBe(value));

  test('replaces variables of lines above and of earlier files, and the last line wins', () => {
    const text = `A=1\nB=$A-${variable('A')}\nC="${variable('NONE:-x')}"\nD=$NONE\nE=$EARLIER\nA=2\nEARLIER`;
    const known = new Map([['EARLIER', 'e']]);
    expect(values(text, known)).toEqual({ A: '2', B: '1-1', C: 'x', D: '', E: 'e', EARLIER: 'e' });
  });

  test('tells its mistakes with their places, without their values', () => {
    const { values, mistakes } = parseEnvFile('A=1\nhunter2!\nB="open\nC=2');
    expect(mistakes).toEqual([
      { message: 'not a variable: write NAME=value', offset: 4 },
      { message: 'the quote is not closed', offset: 15 },
    ]);
    expect([...values.keys()]).toEqual(['A', 'C']);
    expect(parseEnvFile('A="x" y').mistakes[0]?.message).toContain('text after the closing quote');
  });
});

describe('variables', () => {
  const known: Record<string, string> = { SET: 'value', EMPTY: '' };
  function run(text: string) {
    const unset: Unset[] = [];
    let invalid = 0;
    const result = substitute(text, {
      lookup: (name) => known[name],
      unset: (variable) => unset.push(variable),
      invalid: () => invalid++,
    });
    return { result, unset: unset.map(({ name }) => name), invalid };
  }

  test.each([
    ['$SET', 'value'],
    [`a${variable('SET')}b`, 'avalueb'],
    ['$$SET', '$SET'],
    [`$$${variable('SET')}`, '$value'],
    [variable('EMPTY:-x'), 'x'],
    [variable('EMPTY-x'), ''],
    [variable('NONE-x'), 'x'],
    [variable(`NONE:-${variable('EMPTY:-y')}`), 'y'],
    [variable(`NONE:-a${variable('SET')}b$SET`), 'avaluebvalue'],
    [`${variable(`NONE:-${variable('SET')}`)}/${variable('SET')}`, 'value/value'],
    [variable('SET:+yes'), 'yes'],
    [variable('EMPTY:+yes'), ''],
    [variable('EMPTY+yes'), 'yes'],
    [variable('NONE+yes'), ''],
    [variable('SET:?wrong'), 'value'],
    [variable('EMPTY?wrong'), ''],
    [variable('NONE:-http://x:80/?a=b-c'), 'http://x:80/?a=b-c'],
  ])('in %j are replaced: %j', (text, expected) => expect(run(text)).toMatchObject({ result: expected, invalid: 0 }));

  test('without a value are told', () => {
    expect(run(variable('NONE:?choose one')).unset).toEqual(['NONE']);
    expect(run(`$NONE ${variable('EMPTY:?x')}`).unset).toEqual(['NONE', 'EMPTY']);
  });

  test.each(['$', 'a$ b', '$(date)', '${', variable(''), variable('1'), '${A', variable('A!b'), '$1'])(
    '%j is invalid',
    (text) => {
      expect(run(text).invalid).toBeGreaterThan(0);
    },
  );

  test('nested deeply are refused, not followed', () => {
    const deep = `${'${A:-'.repeat(5000)}x${'}'.repeat(5000)}`;
    expect(run(deep).invalid).toBeGreaterThan(0);
  });
});

describe('a Compose file with variables', () => {
  function prepare(files: Record<string, string>) {
    const folder = temporaryDirectory();
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const load = (options: LoadOptions = {}) =>
      loadSpecs([join(folder, 'compose.yaml')], Readable.from([]), { tenant: 'acme', provider: 'docker', ...options });
    return { folder, load };
  }
  const web = (more: string, image = 'nginx') => `services:\n  web:\n    image: ${image}\n    ${more}\n`;

  async function refusals(load: Promise<unknown>): Promise<string[]> {
    const error: unknown = await load.catch((thrown: unknown) => thrown);
    if (!(error instanceof FindingsError)) throw error;
    return error.findings.map((finding) => describeFinding(finding));
  }

  test('reads .env beside it, or the files of --env-file, of which the last wins', async () => {
    const { folder, load } = prepare({
      'compose.yaml': web(`environment: { A: $A, B: "${variable('B:-default')}" }`, `nginx:${variable('TAG')}`),
      '.env': 'TAG=1\nA=from-env\nB=b\n',
      'one.env': 'TAG=2\nA=one\n',
      'two.env': 'A=two-$TAG\n',
    });
    const [first] = await load();
    expect(first?.spec.containers[0]).toMatchObject({ image: 'nginx:1', env: { A: 'from-env', B: 'b' } });
    expect(first?.imported?.files).toEqual([join(folder, '.env')]);
    const [second] = await load({ envFile: [join(folder, 'one.env'), join(folder, 'two.env')] });
    expect(second?.spec.containers[0]).toMatchObject({ image: 'nginx:2', env: { A: 'two-2', B: 'default' } });
    await expect(load({ envFile: [join(folder, 'none.env')] })).rejects.toThrow('none.env: no such file');
  });

  test('is refused for a mistake in .env, which is located without showing a value', async () => {
    const { load } = prepare({ 'compose.yaml': web('cpus: 1'), '.env': 'A=1\nhunter2 canary\n' });
    const [told = ''] = await refusals(load());
    expect(told).toContain('.env:2:1');
    expect(told).not.toContain('canary');
  });

  test('never shows a value of .env in a reason', async () => {
    const { load } = prepare({
      'compose.yaml': web('ports: ["$SECRET"]\n    volumes: ["$PLACE:/x"]'),
      '.env': 'SECRET=canary-1\nPLACE=/canary-2\n',
    });
    const told = (await refusals(load())).join('\n');
    expect(told).toContain('the value is not a port');
    expect(told).toContain('the value mounts a path of the host');
    expect(told).not.toContain('canary');
  });

  test('takes the tenant and the profiles from .env, unless options name them', async () => {
    const { load } = prepare({
      'compose.yaml': [
        `${web('cpus: 1')}  debug: { image: debug, profiles: [dev, test] }`,
        '  jobs: { image: jobs, profiles: [jobs] }',
      ].join('\n'),
      '.env': 'COMPOSE_PROJECT_NAME=from-env\nCOMPOSE_PROFILES=jobs,other\n',
    });
    const namesOf = async (options: LoadOptions) => (await load(options))[0]?.spec.containers.map(({ name }) => name);
    expect((await load({ tenant: undefined }))[0]?.spec.tenant_id).toBe('from-env');
    expect(await namesOf({})).toEqual(['web', 'jobs']);
    expect(await namesOf({ profile: ['dev'] })).toEqual(['web', 'debug']);
    expect(await namesOf({ profile: ['*'] })).toEqual(['web', 'debug', 'jobs']);
    const [{ imported } = {}] = await load({ profile: ['dev'] });
    expect(imported?.lost).toContainEqual({
      pointer: '/services/jobs/profiles',
      message: 'jobs does not run without --profile jobs',
    });
  });

  test('ignores what a service that does not run would need', async () => {
    const { load } = prepare({
      'compose.yaml': `${web('cpus: 1')}  debug: { build: ., privileged: true, image: $NONE, profiles: [dev] }\n`,
    });
    expect((await load())[0]?.spec.containers).toHaveLength(1);
    expect(await refusals(load({ profile: ['dev'] }))).toHaveLength(2);
  });

  test('reads the files of env_file at and below it, and environment wins', async () => {
    const { load } = prepare({
      'compose.yaml': web(
        'env_file: [a.env, { path: sub/b.env }, { path: none.env, required: false }]\n    environment: [C=own, D]',
      ),
      '.env': 'BASE=x\nD=d\n',
      'a.env': 'A=$BASE\nB=1\nC=1\n',
      'sub/b.env': 'B=2\n',
    });
    const [loaded] = await load();
    expect(loaded?.spec.containers[0]?.env).toEqual({ A: 'x', B: '2', C: 'own', D: 'd' });
    expect(loaded?.imported?.lost.map(({ message }) => message)).toContain(
      'none.env does not exist, which the file permits',
    );
  });

  test.each([
    ['env_file: none.env', 'none.env does not exist beside the Compose file'],
    ['env_file: ../x.env', '../x.env is not in the folder of the Compose file'],
    ['env_file: /etc/hostname', '/etc/hostname is not in the folder of the Compose file'],
    ['env_file: { path: a.env, format: raw }', 'only the format of .env files is read'],
    ['env_file: [[a]]', 'env_file must be a path'],
    [`environment: { A: "${variable('A:?choose one')}" }`, '$A is required: choose one'],
    ['environment: { A: $(date) }', 'write $$ for a dollar sign'],
  ])('with %s is refused with the reason', async (text, reason) => {
    const { load } = prepare({ 'compose.yaml': web(text) });
    expect(await refusals(load())).toEqual([expect.stringContaining(reason)]);
  });

  test('is what --env-file and --profile are for', async () => {
    const { folder } = prepare({
      'spec.yaml':
        'tenant_id: a\nprovider_type: memory\ncontainers: [{ name: a, image: b }]\nresources: { cpu: 128, memory: 128 }\n',
    });
    const load = (options: LoadOptions) => loadSpecs([join(folder, 'spec.yaml')], Readable.from([]), options);
    await expect(load({ envFile: ['x'] })).rejects.toThrow('--env-file is for Compose files');
    await expect(load({ profile: ['x'] })).rejects.toThrow('--profile is for Compose files');
  });
});
