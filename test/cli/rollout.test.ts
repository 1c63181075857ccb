import { expect, test } from 'vitest';
import { startTestServer } from '../infra/local/fixture.ts';
import { cli } from './cli.ts';

const spec = (id: string) => `tenant_id: ${id}
provider_type: memory
containers:
  - name: web
    image: app:1
resources: { cpu: 128, memory: 128 }
labels: { plan: pro }
`;

async function startFleet() {
  const { url } = await startTestServer({ providers: { memory: { type: 'memory' } } });
  const run = (words: string, options = {}) => cli(words.split(' '), { endpoint: url, ...options });
  for (const id of ['a', 'b', 'c']) {
    expect(await cli(['apply', '-f', '-'], { endpoint: url, stdin: spec(id) })).toMatchObject({ code: 0 });
  }
  return run;
}

test('a rollout is planned, started with the token of the plan, followed, described and undone', async () => {
  const run = await startFleet();
  const change = 'app-2 -l plan=pro --set web.image=app:2 --set labels.version=2 --waves 1,100%';
  const plan = await run(`rollout plan ${change}`);
  expect(plan.code).toBe(2);
  expect(plan.stdout).toContain('3 tenants, 0 unchanged');
  expect(plan.stdout).toContain('Waves: wave-1 1, wave-2 2');
  expect(plan.stdout).toContain('/containers/web/image  3 tenants');
  const [token = ''] = /[0-9a-f]{32}\.[0-9a-f]{32}/.exec(plan.stdout) ?? [];
  const started = await run(`rollout start ${change} --token ${token} -w`);
  expect(started.code).toBe(0);
  expect(started.stderr).toContain('app-2 running: ');
  expect(started.stdout).toContain('app-2  succeeded  3 tenants updated');
  expect((await run('rollout get -o name')).stdout).toBe('app-2\n');
  const described = (await run('rollout describe app-2')).stdout.replaceAll(/ +/g, ' ');
  expect(described).toContain('a wave-1 succeeded 1 → 2 -');
  const undone = await run('rollout undo app-2 -w');
  expect(undone).toMatchObject({ code: 0 });
  expect(undone.stdout).toContain('3 tenants were brought back');
});

test('a rollout that halts ends with status 1, and says what failed and what to do', async () => {
  const run = await startFleet();
  const file = `rollout_id: app-3
select: { labels: { plan: pro } }
change: { provider_config: { update: fails } }
`;
  const refused = await run('rollout start -f -', { stdin: file });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('tenant a cannot take the change');
  const faults = file.replace('update: fails', 'faults: { update: failed }');
  const halted = await run('rollout start -f - -w', { stdin: faults });
  expect(halted.code).toBe(1);
  expect(halted.stdout).toContain('1 tenant failed, and none may');
  expect(halted.stdout).toContain('Failed:');
  expect(halted.stdout).toContain('berth rollout undo app-3');
  expect(await run('rollout resume app-3 --watch', { columns: 100 })).toMatchObject({ code: 1 });
  expect(await run('rollout skip app-3 c')).toMatchObject({ code: 0 });
  expect(await run('rollout abort app-3 -w')).toMatchObject({ code: 0 });
});

test('options that cannot be understood are refused by name', async () => {
  const refused = await cli(['rollout', 'plan', '--set', 'image'], { endpoint: 'http://127.0.0.1:1' });
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toContain('--set must be CONTAINER.FIELD=VALUE');
});
