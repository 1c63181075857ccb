import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startTestServer, temporaryDirectory } from '../infra/local/fixture.ts';
import { type CliOptions, cli, start } from './cli.ts';

// Each test runs several commands, possibly on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Returns a specification for the memory provider, as YAML. */
function tenant(id: string, { image = 'nginx:1', config = '{}', labels = '{}' } = {}): string {
  return `tenant_id: ${id}
provider_type: memory
containers:
  - name: web
    image: ${image}
    env: { TOKEN: canary-4d1f }
resources: { cpu: 128, memory: 128 }
labels: ${labels}
provider_config: ${config}
`;
}

/** Starts a control plane and returns a function that runs commands against it. */
async function prepare() {
  const { url } = await startTestServer();
  const run = (words: string, stdin = '', options: CliOptions = {}) =>
    cli(words.split(' '), { endpoint: url, stdin, ...options });
  return { url, run };
}

describe('apply', () => {
  test('provisions new tenants, prints the changes of an update, and skips unchanged tenants', async () => {
    const { run } = await prepare();
    const first = await run('apply -f -', `${tenant('a')}---\n${tenant('b')}`);
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toMatch(/^\+ a {2}is being provisioned\n\+ b {2}is being provisioned\n/);
    expect(first.stderr).toMatch(/^✓ a provisioned/m);
    const second = await run('apply -f -', `${tenant('a', { image: 'nginx:2' })}---\n${tenant('b')}`);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(
      '~ a  is being updated\n    ~ /containers/0/image  nginx:1 → nginx:2  replaces containers\n',
    );
    expect(second.stderr).toMatch(/^✓ a updated/m);
    expect(second.stderr).toMatch(/^✓ b unchanged/m);
    expect(first.stderr + second.stderr).not.toContain('canary-4d1f');
  });

  test('prints only the outcome of each tenant with -o json', async () => {
    const { run } = await prepare();
    const { code, stdout } = await run('apply -f - -o json', tenant('a'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      tenants: [{ tenant_id: 'a', action: 'provision', state: 'succeeded', revision: 1 }],
    });
    expect((await run('apply -f - -o name', tenant('a'))).stdout).toBe('a\n');
  });

  test('sends nothing if one of three documents is invalid', async () => {
    const { run } = await prepare();
    const { code, stderr } = await run(
      'apply -f -',
      `${tenant('a')}---\n${tenant('B')}---\n${tenant('c', { image: 'NO' })}`,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\(standard input\):11:12 {2}tenant_id must be/m);
    expect(stderr).toMatch(/^\(standard input\):25:12 {2}image must be a valid image reference$/m);
    expect(stderr).toContain('error: 2 problems found; nothing was changed');
    expect((await run('get tenants -o name')).stdout).toBe('');
  });

  test('locates refusals of the control plane in the file', async () => {
    const { run } = await prepare();
    const text = `${tenant('a', { config: '{ latency: 1 }' })}---\n${tenant('b').replace('memory', 'nope')}`;
    const { code, stderr } = await run('apply -f -', text);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\(standard input\):9:\d+ {2}unknown field: latency$/m);
    expect(stderr).toMatch(/^\(standard input\):12:16 {2}compute provider not found: "nope" \(registered: memory\)/m);
    expect(stderr).toContain('nothing was changed');
    expect((await run('get tenants -o name')).stdout).toBe('');
  });

  test('continues after a failed tenant and exits with 1', async () => {
    const { run } = await prepare();
    const failing = tenant('bad', { config: '{ faults: { provision: failed } }' });
    const { code, stderr } = await run('apply -f -', `${tenant('a')}---\n${failing}---\n${tenant('c')}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^✓ a provisioned/m);
    expect(stderr).toMatch(/^✗ bad provision failed\n {4}provisioning failed/m);
    expect(stderr).toMatch(/^✓ c provisioned/m);
    expect(stderr).toContain('error: 1 of 3 failed. For details: berth describe bad, berth logs bad');
  });

  test('waits until the end, not at all with --no-wait, or until --timeout', async () => {
    const { run } = await prepare();
    const slow = (id: string, ms: number) => tenant(id, { config: `{ in_progress_ms: ${ms} }` });
    const waited = await run('apply -f -', slow('a', 300));
    expect(waited.code).toBe(0);
    expect(waited.stderr).toMatch(/^a: provisioning/m);
    expect(waited.stderr).toMatch(/^✓ a provisioned/m);
    const pending = await run('apply -f - --no-wait', slow('b', 60_000));
    expect(pending.code).toBe(0);
    expect(pending.stderr).toContain('… b accepted; to wait for it: berth status b --wait');
    const late = await run('apply -f - --timeout 300ms', slow('c', 60_000));
    expect(late.code).toBe(3);
    expect(late.stderr).toContain('… c did not end before --timeout');
    expect(late.stderr).toContain('  berth status c --wait');
    const again = await run('apply -f - --timeout 300ms', slow('c', 60_000));
    expect(again.code).toBe(3);
  });

  test('names the command that continues waiting when it is interrupted', async () => {
    const { url } = await prepare();
    const running = start(['apply', '-f', '-'], {
      endpoint: url,
      stdin: tenant('a', { config: '{ in_progress_ms: 4000 }' }),
    });
    await expect.poll(running.stderr, { timeout: 30_000 }).toContain('a: provisioning');
    running.interrupt();
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('… a continues\n');
    expect(stderr).toContain('  berth status a --wait\n');
    expect(stderr).not.toMatch(/ {4}at /);
    expect(await cli(['status', 'a', '--wait'], { endpoint: url })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a  running, healthy'),
    });
  });

  test('reports an unknown state, not a failure, when the control plane becomes unreachable', async () => {
    const server = await startTestServer();
    const running = start(['apply', '-f', '-'], {
      endpoint: server.url,
      stdin: tenant('a', { config: '{ in_progress_ms: 60000 }' }),
    });
    await expect.poll(running.stderr, { timeout: 30_000 }).toContain('a: provisioning');
    await server.close();
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^… a was accepted, but its state is unknown: Berth cannot be reached/m);
    expect(stderr).toContain('  berth status a --wait');
    expect(stderr).not.toContain('failed');
  }, 60_000);

  test('prints a plan with --dry-run', async () => {
    const { run } = await prepare();
    const dry = await run('apply -f - --dry-run', tenant('a'));
    expect(dry).toMatchObject({ code: 2, stdout: '+ a  will be provisioned\n' });
    expect((await run('get tenants -o name')).stdout).toBe('');
  });

  test('imports a Compose file and lists what it leaves out', async () => {
    const { run } = await prepare();
    const file = new URL('samples/compose-gitea-postgres.yaml', import.meta.url).pathname;
    const { code, stderr } = await run(`apply -f ${file} --tenant gitea --provider memory`);
    expect(code).toBe(0);
    expect(stderr).toContain('Compose file as tenant gitea on memory; imported, except:');
    expect(stderr).not.toContain('/services/gitea/volumes');
    expect(stderr).toMatch(/^✓ gitea provisioned/m);
  });
});

test('plan prints each change and exits with 2, or with 0 without changes', async () => {
  const { run } = await prepare();
  await run('apply -f -', tenant('a'));
  const changed = tenant('a', { labels: '{ plan: pro }' })
    .replace('canary-4d1f', 'canary-new')
    .replace('memory: 128', 'memory: 256');
  const { code, stdout, stderr } = await run('plan -f -', changed);
  expect(code).toBe(2);
  expect(stdout).toContain('~ a  will be updated\n');
  expect(stdout).toContain('    ~ /containers/0/env/TOKEN  changed (value hidden)');
  expect(stdout).toContain('    ~ /resources/memory  128 → 256');
  expect(stdout).toContain('    + /labels/plan  pro');
  expect(stdout).not.toContain('canary');
  expect(stderr).toContain('Plan: 0 to provision, 1 to update, 0 unchanged.');
  expect(await run('plan -f -', tenant('a'))).toMatchObject({ code: 0, stdout: '  a  is unchanged\n' });
  const json = await run('plan -f - -o json', changed);
  expect(JSON.parse(json.stdout)).toMatchObject({ plans: [{ tenant_id: 'a', action: 'update', revision: 1 }] });
});

test('validate applies the rules of the provider and changes nothing', async () => {
  const { run } = await prepare();
  expect(await run('validate -f -', tenant('a'))).toMatchObject({
    code: 0,
    stdout: '✓ a  valid  (standard input)\n',
  });
  const { code, stderr } = await run('validate -f -', tenant('a', { config: '{ latency_ms: -1 }' }));
  expect(code).toBe(1);
  expect(stderr).toMatch(/^\(standard input\):9:\d+ {2}must be a whole number of milliseconds$/m);
  expect((await run('get tenants -o name')).stdout).toBe('');
});

test('a folder is applied completely, or filtered by labels', async () => {
  const { run } = await prepare();
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'a.yaml'), tenant('a', { labels: '{ plan: pro }' }));
  writeFileSync(join(folder, 'b.yaml'), tenant('b', { labels: '{ plan: free }' }));
  await run(`apply -f ${folder} -l plan=pro`);
  expect((await run('get tenants -o name')).stdout).toBe('a\n');
  await run(`apply -f ${folder}`);
  expect((await run('get tenants -o name --selector plan=free')).stdout).toBe('b\n');
});

test('get tenants lists, filters and limits in every output format', async () => {
  const { run } = await prepare();
  await run(
    'apply -f -',
    ['a', 'b', 'c'].map((id) => tenant(id, { labels: `{ plan: ${id === 'b' ? 'free' : 'pro'} }` })).join('---\n'),
  );
  const table = (await run('get tenants')).stdout.split('\n');
  expect(table[0]).toMatch(/^TENANT +PROVIDER +PHASE +READY +HEALTH +SEEN +RESTARTS +REV +AGE +ENDPOINT$/);
  expect(table[1]).toMatch(/^a +memory +ready +true +\w+ +\w+ +0 +1 +\d+[sm] +/);
  expect((await run('get tenants -o wide')).stdout).toMatch(/REASON +CHANGED +LABELS/);
  expect((await run('get tenants -l plan=pro -o name')).stdout).toBe('a\nc\n');
  expect((await run('get tenants --limit 2 -o name')).stdout).toBe('a\nb\n');
  expect((await run('get tenants --phase failed')).stderr).toBe('No tenant matches.\n');
  expect(await run('get tenants --phase nope')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('phase must be one of'),
  });
  expect(JSON.parse((await run('get tenants -o json')).stdout).tenants).toHaveLength(3);
  expect(parse((await run('get tenants -o yaml')).stdout).tenants[1]).toMatchObject({
    tenant_id: 'b',
    labels: { plan: 'free' },
  });
  expect((await run('get tenant b')).stdout).toMatch(/^b +memory +ready/m);
  expect(JSON.parse((await run('get tenant b -o json')).stdout)).toMatchObject({
    tenant_id: 'b',
    spec: { labels: { plan: 'free' } },
  });
});

test('get providers lists capabilities', async () => {
  const { run } = await prepare();
  expect((await run('get providers')).stdout).toMatch(/^memory +http,tcp,exec/m);
  expect((await run('get providers -o name')).stdout).toBe('memory\n');
});

test('status, describe, history and operations explain a failed update, and rollback repairs it', async () => {
  const { run } = await prepare();
  await run('apply -f -', tenant('a'));
  const bad = await run('apply -f -', tenant('a', { image: 'nginx:broken', config: '{ faults: { update: failed } }' }));
  expect(bad.code).toBe(1);
  expect(bad.stderr).toMatch(/✗ a update failed\n {4}update failed.*\n {4}Revision 1 still serves\./);
  const { stdout } = await run('describe a');
  expect(stdout).toMatch(/Phase: +failed\n +Health: +.*\n +Revision: +2 \(revision 1 serves\)/);
  expect(stdout).toMatch(/Why\n {2}update failed/);
  expect(stdout).toContain('berth rollback a --to-revision 1    returns to the serving revision');
  expect(stdout).toMatch(/Degraded +true +UpdateFailed/);
  expect((await run('status a')).stdout).toMatch(/^a {2}running, healthy {2}on memory/);
  const history = (await run('history a')).stdout;
  expect(history).toMatch(/^2 +\d+[sm] +failed +local +.*\/containers\/web\/image/m);
  expect(history).toMatch(/^1 +\d+[sm] +serving +local +first revision$/m);
  const operations = (await run('get operations a')).stdout;
  expect(operations).toMatch(/update +failed +2/);
  expect(operations).toMatch(/provision +succeeded +1/);
  const back = await run('rollback a');
  expect(back).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('a back from revision 2 to revision 1.'),
  });
  expect(back.stderr).toMatch(/✓ a rolled back/);
  expect((await run('history a')).stdout).toMatch(/^3 +\d+[sm] +serving +local +rollback to 1/m);
  expect((await run('describe a')).stdout).not.toContain('Why');
  expect(await run('rollback a --to-revision 99')).toMatchObject({ code: 1 });
});

describe('a change that is stuck', () => {
  const stuck = (image = 'nginx:stuck') => tenant('a', { image, config: '{ in_progress_ms: 3600000 }' });

  test('that waits for approval is described by when it is given up, and goes on once it is approved', async () => {
    const { run } = await prepare();
    await run('apply -f -', tenant('a'));
    const waiting = tenant('a', { image: 'nginx:2', config: '{ approval_ms: 3600000 }' });
    await run('apply -f - --no-wait', waiting);
    const { stdout } = await run('describe a');
    expect(stdout).toMatch(/A new version is on its way until 2\S+Z, then the provider gives it up/);
    expect(await run('approve a')).toMatchObject({ code: 0 });
    expect((await run('status a --wait')).code).toBe(0);
  });

  test('is described by what the new version waits for, and cancelled', async () => {
    const { run } = await prepare();
    await run('apply -f -', tenant('a'));
    expect(await run('cancel a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is in progress for a: its last operation, a provision, succeeded'),
    });
    await run('apply -f - --no-wait', stuck());
    const { stdout } = await run('describe a');
    expect(stdout).toMatch(/A new version is on its way\n +web is starting/);
    expect(stdout).toMatch(/fails unless it is done within 1[45] m/);
    expect(stdout).toContain('berth cancel a    returns to the serving revision');
    expect((await run('status a')).stdout).toContain('A new version is on its way');
    expect((await run('history a')).stdout).toMatch(/^2 +\d+[sm] +pending/m);
    const cancelled = await run('cancel a');
    expect(cancelled.stderr).toMatch(/^✓ a went back to the revision that serves/m);
    expect(cancelled.code).toBe(0);
    expect((await run('history a')).stdout).toMatch(/^3 +\d+[sm] +serving[\s\S]*^2 +\d+[sm] +superseded/m);
    expect(await run('cancel a --operation b.aaaaaaaaaaaa.1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('b.aaaaaaaaaaaa.1 is no operation of a'),
    });
  });

  test('is replaced by another apply', async () => {
    const { run } = await prepare();
    await run('apply -f -', tenant('a'));
    await run('apply -f - --no-wait', stuck());
    const newest = await run('apply -f -', tenant('a', { image: 'nginx:3' }));
    expect(newest.stderr).toMatch(/this would take its place/);
    expect(newest).toMatchObject({ code: 0, stderr: expect.stringMatching(/^✓ a updated/m) });
    expect((await run('get operations a')).stdout).toMatch(/update +cancelled +2 .*operation superseded/);
  });

  test('is left by a rollback without a revision, which goes to the newest one that served', async () => {
    const { run } = await prepare();
    await run('apply -f -', tenant('a'));
    await run('apply -f -', tenant('a', { image: 'nginx:broken', config: '{ faults: { update: failed } }' }));
    await run('apply -f - --no-wait', stuck());
    const missing = await run('rollback a --to-revision 77');
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('revision not found: tenant a has no revision 77');
    expect(missing.stderr).not.toContain('Rolling a back');
    const back = await run('rollback a');
    expect(back).toMatchObject({ code: 0, stderr: expect.stringContaining('from revision 3 to revision 1.') });
  });

  test('without a revision that served cannot be rolled back', async () => {
    const { run } = await prepare();
    await run('apply -f - --no-wait', stuck());
    expect(await run('rollback a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no revision of a before revision 1 served, so there is none to return to'),
    });
    expect(await run('cancel a')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no revision served yet.*\n.*Update the tenant, or destroy it/),
    });
  });
});

test('diff compares revisions field by field, without values of the environment', async () => {
  const { run } = await prepare();
  await run('apply -f -', tenant('a'));
  expect(await run('diff a')).toMatchObject({ code: 1, stderr: expect.stringContaining('no revision before 1') });
  await run('apply -f -', tenant('a', { image: 'nginx:2' }).replace('canary-4d1f', 'canary-other'));
  const { stdout, code } = await run('diff a');
  expect(code).toBe(0);
  expect(stdout).toContain('a  revision 1 → 2\n');
  expect(stdout).toMatch(/~ \/containers\/0\/image {2}nginx:1 → nginx:2\n/);
  expect(stdout).toContain('~ /containers/0/env/TOKEN  changed (value hidden)');
  expect(stdout).not.toContain('canary');
  expect((await run('diff a 2 2')).stdout).toContain('no differences');
  expect((await run('diff a 2 1 -o name')).stdout).toContain('/containers/0/image');
  expect(JSON.parse((await run('diff a 1 2 -o json')).stdout)).toMatchObject({ from: 1, to: 2 });
  expect(await run('diff a one')).toMatchObject({ code: 4 });
});

test('describe prints the recorded state when the provider fails', async () => {
  const { run } = await prepare();
  await run('apply -f -', tenant('a', { config: '{ faults: { status: error } }' }));
  const { code, stdout } = await run('describe a');
  expect(code).toBe(0);
  expect(stdout).toContain('  The status is unknown: compute provider failed');
  expect(stdout).toMatch(/Conditions\n {2}CONDITION/);
});

test('destroy tells before and after what happens to volumes; status, describe and plan show them', async () => {
  const { run } = await prepare();
  const text = (volumes: string, more = '') =>
    `${tenant('a')}`.replace('image: ', `volumes: ${volumes}\n    image: `).concat(more);
  const both = '[{ name: data, path: /data }, { name: cache, path: /cache }]';
  const retained = '\nvolumes: [{ name: data, retain: true }]\n';
  expect(await run('apply -f -', text(both, retained))).toMatchObject({ code: 0 });
  const shown = (await run('describe a')).stdout;
  expect(shown).toMatch(/cache +true +deleted/);
  expect(shown).toMatch(/data +true +kept/);
  const plan = await run('plan -f -', text('[{ name: data, path: /data }]', retained));
  expect(`${plan.stdout}${plan.stderr}`).toContain(
    'the volume cache is mounted no longer; its data stays until the tenant is destroyed',
  );
  const no = await run('destroy a', '', { typed: 'n\n', columns: 80 });
  expect(no.stderr).toContain('Volumes of a: this deletes the data of cache and keeps data.');
  const gone = await run('destroy a --yes');
  expect(gone.stderr).toContain('volumes deleted with their data: cache; kept, because they are retained: data');
});

test('destroy prompts on a terminal and requires --yes elsewhere', async () => {
  const { run } = await prepare();
  await run('apply -f -', `${tenant('a')}---\n${tenant('b')}`);
  expect(await run('destroy a')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('cannot prompt: stdin is not a terminal. Pass --yes to confirm.'),
  });
  const no = await run('destroy a', '', { typed: 'n\n', columns: 80 });
  expect(no).toMatchObject({ code: 1, stderr: expect.stringMatching(/Destroy a at http:\S+\? \[y\/N\]/) });
  expect((await run('get tenants -o name')).stdout).toBe('a\nb\n');
  const interrupted = await run('destroy a', '', { typed: '\u0003', columns: 80 });
  expect(interrupted).toMatchObject({
    code: 130,
    stderr: expect.stringMatching(/\nInterrupted; nothing was changed\.\n$/),
  });
  expect(await run('destroy a', '', { typed: '', columns: 80 })).toMatchObject({ code: 1 });
  expect((await run('get tenants -o name')).stdout).toBe('a\nb\n');
  expect((await run('destroy a', '', { typed: 'y\n', columns: 80 })).code).toBe(0);
  expect((await run('get tenants -o name')).stdout).toBe('b\n');
  const both = await run('destroy b never-there --yes');
  expect(both.code).toBe(0);
  expect(both.stderr).toMatch(/^✓ b destroyed/m);
  expect(both.stderr).toMatch(/^✓ never-there does not exist; nothing was destroyed/m);
  expect((await run('get tenants')).stderr).toContain('There are no tenants yet.');
  expect((await run('describe a')).stdout).toContain('The tenant was destroyed. berth apply provisions it again.');
});

test('explain lists the fields of a specification and the settings of a provider', async () => {
  const { run } = await prepare();
  const spec = (await run('explain')).stdout;
  expect(spec).toMatch(/^ {4}container_port +integer 1–65535 +required +The port that the container listens on$/m);
  expect((await run('explain memory')).stdout).toMatch(/^latency_ms +integer 0–\d+ +0 +How long every call takes$/m);
  expect(JSON.parse((await run('explain memory -o json')).stdout)).toHaveProperty('properties.latency_ms');
  expect(await run('explain nope')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('compute provider not found: "nope" (registered: memory)'),
  });
});

test('doctor checks configuration, connectivity and permissions', async () => {
  const { run, url } = await prepare();
  const fine = await run('doctor');
  expect(fine.code).toBe(0);
  expect(fine.stdout).toContain(`✓ endpoint       ${url}, from BERTH_ENDPOINT`);
  expect(fine.stdout).toMatch(/✓ reachable +answered in \d+ ms/);
  expect(fine.stdout).toContain('✓ providers      memory');
  const wrong = await cli(['doctor'], { endpoint: 'http://127.0.0.1:1' });
  expect(wrong.code).toBe(1);
  expect(wrong.stdout).toMatch(/✗ reachable +Berth cannot be reached at http:\/\/127\.0\.0\.1:1/);
});

test('an unreachable endpoint is named, with the command that starts one', async () => {
  const { code, stderr } = await cli(['get', 'tenants'], { endpoint: 'http://127.0.0.1:1' });
  expect(code).toBe(1);
  expect(stderr).toContain('error: Berth cannot be reached at http://127.0.0.1:1');
  expect(stderr).toContain('berth dev');
  expect(stderr).not.toMatch(/ {4}at /);
  const debug = await cli(['get', 'tenants', '--debug'], { endpoint: 'http://127.0.0.1:1' });
  expect(debug.stderr).toMatch(/ {4}at /);
});

test('status reports a missing tenant after the others', async () => {
  const { run } = await prepare();
  await run('apply -f -', tenant('a'));
  const { code, stdout, stderr } = await run('status a nope');
  expect(code).toBe(1);
  expect(stdout).toContain('a  running, healthy');
  expect(stderr).toContain('error: tenant compute resources not found');
  expect(await run('describe nope')).toMatchObject({ code: 1 });
});

test('tenant ids never control the terminal', async () => {
  const { run } = await prepare();
  const { stderr } = await run('describe x\u001b]0;owned\u0007', '', { columns: 80 });
  expect(stderr).not.toContain('\u001b]0;');
});

test('the examples can be applied', async () => {
  const { run } = await prepare();
  const folder = new URL('../../examples/', import.meta.url).pathname;
  const { code, stdout } = await run(`apply -f ${folder} --provider memory -o name`);
  expect(code).toBe(0);
  expect(stdout).toBe('hello\nmigrate\ncounter\ndemo-web\ndemo-worker\n');
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain('examples/');
});

test('events prints announcements until Ctrl-C, optionally of one tenant', async () => {
  const { url, run } = await prepare();
  const all = start(['events', '-f'], { endpoint: url });
  const one = start(['events', '--tenant', 'b', '-o', 'json'], { endpoint: url });
  await expect.poll(all.stderr, { timeout: 30_000 }).toContain(`Announcements of ${url}. Press Ctrl-C to stop.`);
  await expect.poll(one.stderr, { timeout: 30_000 }).toContain('Announcements');
  // The stream may still be opening, so the changes are repeated until it delivers them.
  const failing = tenant('c', { config: '{ faults: { provision: failed } }' });
  await expect
    .poll(
      async () => {
        await run('apply -f -', `${tenant('a')}---\n${tenant('b')}---\n${failing}`);
        await run('destroy a b c --yes');
        return all.stdout();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toMatch(/Tenant Destroyed {2}c$/m);
  await expect.poll(all.stdout, { timeout: 30_000 }).toMatch(/Tenant Provision Failed {2}c {2}provisioning failed/);
  await expect.poll(one.stdout, { timeout: 30_000 }).toContain('Tenant Destroyed');
  all.interrupt();
  one.interrupt();
  const [everything, ofOne] = await Promise.all([all.ended, one.ended]);
  expect(everything).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+Z {2}Tenant Provisioned {2}a$/m) });
  expect(ofOne.code).toBe(0);
  const events = ofOne.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Set(events.map(({ detail }) => detail.data.tenant_id))).toEqual(new Set(['b']));
  expect(everything.stdout).not.toContain('canary');
});

test('what get tenant prints can be applied again, with a change, and keeps redacted values', async () => {
  const { run } = await prepare();
  expect(await run('apply -f -', tenant('a', { labels: '{ plan: free }' }))).toMatchObject({ code: 0 });
  for (const format of ['yaml', 'json']) {
    const { stdout: printed } = await run(`get tenant a -o ${format}`);
    expect(printed).toContain('[redacted]');
    const same = await run('apply -f -', printed);
    expect(same.stderr).toMatch(/^✓ a unchanged/m);
    expect(same.stderr).toContain('values that are [redacted] stay as they are on record');
    expect(same.code).toBe(0);
  }
  const { stdout: printed } = await run('get tenant a -o yaml');
  const changed = await run('apply -f -', printed.replace('plan: free', 'plan: pro'));
  expect(changed).toMatchObject({ code: 0 });
  expect(changed.stderr).toContain('free → pro');
  expect(changed.stderr).not.toContain('TOKEN  ');
});

test('a mistake in the specification of a printed tenant is located in it', async () => {
  const { run } = await prepare();
  const { code, stderr } = await run(
    'apply -f -',
    'phase: running\nspec:\n  tenant_id: a\n  provider_type: memory\n  containers: [{ name: a, image: b }]\n  resource: 1\n',
  );
  expect(code).toBe(1);
  expect(stderr).toContain('(standard input):6:3  unknown field: resource; did you mean resources?');
});
