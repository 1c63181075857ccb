import { InvalidSpecError, type TenantComputeSpec } from 'berth/provider';
import { expect, test } from 'vitest';
import type { TaskState } from '../src/api.ts';
import { NomadConfig } from '../src/config.ts';
import { fingerprintOf, jobIdOf, labelsOf, readRecord, toJob, withRecord } from '../src/job.ts';
import { observe } from '../src/observe.ts';
import { settingsFor, toWarnings } from '../src/rules.ts';
import { describePlacement, describeTask } from '../src/status.ts';

const config = NomadConfig.parse({});
const web = {
  name: 'web',
  image: 'acme/web:1',
  command: ['serve'],
  args: ['--port', '8080'],
  env: { TOKEN: 's3cr3t-value' },
  ports: [{ container_port: 8080, protocol: 'tcp' as const, name: 'http' }],
  health_check: {
    type: 'http' as const,
    http_path: '/up',
    interval_seconds: 10,
    timeout_seconds: 2,
    healthy_threshold: 3,
    unhealthy_threshold: 4,
  },
};
const worker = { name: 'worker', image: 'acme/worker:1', resources: { cpu: 250, memory: 300 } };
const spec: TenantComputeSpec = {
  tenant_id: 'acme',
  provider_type: 'nomad',
  containers: [web, worker],
  resources: { cpu: 1000, memory: 1024 },
};

function jobOf(change: string, parts: Partial<Parameters<typeof toJob>[0]> = {}) {
  const version = { spec, spec_hash: `hash of ${change}`, change };
  const ownership = { 'berth.owner': 'berth' };
  return toJob({ id: jobIdOf('berth', 'nomad', 'acme'), config, version, labels: { team: 'x' }, ownership, ...parts });
}

test('a container is a group with canaries, a task, a port and a service with its check', () => {
  const [group] = jobOf('a').TaskGroups;
  expect(group).toMatchObject({
    Name: 'web',
    Count: 1,
    Update: {
      Canary: 1,
      AutoPromote: true,
      AutoRevert: true,
      HealthCheck: 'checks',
      MinHealthyTime: 20e9,
      HealthyDeadline: 320e9,
    },
    Networks: [{ DynamicPorts: [{ Label: 'p8080', To: 8080 }] }],
    Tasks: [
      {
        Driver: 'docker',
        Config: { image: 'acme/web:1', entrypoint: ['serve'], args: ['--port', '8080'], ports: ['p8080'] },
        Env: { TOKEN: 's3cr3t-value' },
        // What the worker leaves, at 2000 MHz a core.
        Resources: { CPU: 1500, MemoryMB: 724 },
        Services: [
          {
            Name: 'acme-web-http',
            Provider: 'nomad',
            PortLabel: 'p8080',
            Checks: [
              { Type: 'http', Path: '/up', Interval: 10e9, Timeout: 2e9, CheckRestart: { Limit: 4, Grace: 300e9 } },
            ],
          },
        ],
      },
    ],
  });
});

test('the record of a version returns its specification, and holds no env value', () => {
  const job = jobOf('a');
  expect(readRecord(job)).toEqual({ spec, spec_hash: 'hash of a', change: 'a' });
  const [record] = job.TaskGroups.slice(-1);
  expect(record).toMatchObject({ Count: 0 });
  expect(JSON.stringify([job.Meta, record?.Meta])).not.toContain('s3cr3t');
  expect(labelsOf(job)).toEqual({ team: 'x', 'berth.owner': 'berth' });
});

test('labels and marks change neither the labels of the job nor another group, which would replace every task', () => {
  const before = jobOf('a');
  const after = jobOf('b', { before, labels: { team: 'y' }, ownership: { 'berth.installation': 'later' } });
  expect(after.Meta).toEqual(before.Meta);
  expect(after.TaskGroups.slice(0, -1)).toEqual(before.TaskGroups.slice(0, -1));
  const marked = withRecord(before, { change: 'c' }, { 'berth.incarnation': 'life2' });
  expect(marked.TaskGroups.slice(0, -1)).toEqual(before.TaskGroups.slice(0, -1));
  expect(labelsOf(marked)).toMatchObject({ 'berth.incarnation': 'life2', team: 'x' });
});

test('counts that others set are kept, and those of a stopped job begin with one again', () => {
  const scaled = jobOf('a');
  for (const group of scaled.TaskGroups) if (group.Name === 'web') group.Count = 3;
  const countsOf = ({ TaskGroups }: typeof scaled) => TaskGroups.map(({ Count }) => Count);
  expect(countsOf(jobOf('b', { before: scaled }))).toEqual([3, 1, 0]);
  const stopped = withRecord(scaled, { stopped: true });
  expect(countsOf(stopped)).toEqual([0, 0, 0]);
  expect(countsOf(jobOf('c', { before: stopped }))).toEqual([1, 1, 0]);
});

test('a change of a health check replaces no container, and one of an image does', () => {
  const of = (container: typeof web) => fingerprintOf(spec, container, config);
  expect(of({ ...web, health_check: { ...web.health_check, http_path: '/other' } })).toBe(of(web));
  expect(of({ ...web, image: 'acme/web:2' })).not.toBe(of(web));
});

const version = (change: string, number: number, more = {}) => ({
  ...jobOf(change),
  Version: number,
  SubmitTime: 1e15,
  ...more,
});
const deployment = (JobVersion: number, Status: string) => ({
  ID: `d${JobVersion}`,
  JobVersion,
  Status,
  StatusDescription: Status,
});
const [one, two] = [version('one', 0, { Stable: true }), version('two', 1)];

test.each([
  ['a first version without a deployment is pending', [version('one', 0)], [], { pending: 0 }],
  ['a first version that failed', [version('one', 0)], [deployment(0, 'failed')], { failed: 0 }],
  ['a version that is stable serves, whatever became of its deployment', [one], [], { serving: 0 }],
  ['an update serves the old version', [two, one], [deployment(1, 'running')], { serving: 0, pending: 1 }],
  ['a deployment that ended after the versions were read', [two, one], [deployment(1, 'successful')], { serving: 1 }],
  [
    'a failed update is pending until Nomad reverts',
    [two, one],
    [deployment(1, 'failed')],
    { serving: 0, pending: 1, failed: 1 },
  ],
  [
    'a revert without a deployment is pending',
    [version('one', 2), two, one],
    [deployment(1, 'failed')],
    { serving: 0, pending: 2, failed: 1 },
  ],
  [
    'a revert with a deployment serves',
    [version('one', 2), two, one],
    [deployment(2, 'running'), deployment(1, 'failed')],
    { serving: 2, failed: 1 },
  ],
  ['a stopped tenant', [{ ...withRecord(one, { stopped: true }), Version: 1 }, one], [], {}],
  [
    'a start after a stop',
    [version('three', 2), { ...withRecord(one, { stopped: true, change: 'two' }), Version: 1 }, one],
    [deployment(2, 'running')],
    { pending: 2 },
  ],
  ['a job that Nomad stopped', [version('two', 1, { Stop: true }), one], [], {}],
])('%s', (_, jobs, deployments, expected) => {
  const { serving, pending, failed } = observe(jobs, deployments, 1e9) ?? {};
  const found = { serving: serving?.number, pending: pending?.number, failed: failed?.number };
  expect(found).toEqual({ serving: undefined, pending: undefined, failed: undefined, ...expected });
});

test('a version that Nomad forgot before it began is given up', () => {
  expect(observe([version('one', 0)], [], 1e9 + 601_000)).toMatchObject({ failed: { number: 0 } });
});

test('a job without a record is observed as lost', () => {
  expect(observe([{ ...one, TaskGroups: [] }], [], 0)).toBeUndefined();
});

const ended = (Type: string, Details: Record<string, string> = {}, DisplayMessage = 'told by Nomad'): TaskState => ({
  State: 'dead',
  Failed: true,
  Restarts: 1,
  Events: [
    { Type: 'Started', DisplayMessage: 'Task started by client', Details: {} },
    { Type, DisplayMessage, Details },
    { Type: 'Not Restarting', DisplayMessage: 'Exceeded allowed attempts 2 in interval 30m0s', Details: {} },
  ],
});

test.each([
  [ended('Driver Failure', {}, 'Failed to pull `acme/web:2`'), 'Failed to pull `acme/web:2`'],
  [ended('Terminated', { exit_code: '3', signal: '0', oom_killed: 'false' }), 'it ended with code 3'],
  [
    ended('Terminated', { exit_code: '137', signal: '9', oom_killed: 'true' }),
    'it was killed because it used more than its memory',
  ],
  [ended('Terminated', { exit_code: '0', signal: '15' }), 'it was killed by signal 15'],
  [{ ...ended('Terminated'), State: 'running' as const }, undefined],
  [undefined, undefined],
])('a task is described in words: %#', (state, expected) => {
  expect(describeTask(state)).toBe(expected);
});

test.each([
  [{ NodesEvaluated: 0, DimensionExhausted: null, ConstraintFiltered: null }, 'none is eligible'],
  [
    { NodesEvaluated: 3, DimensionExhausted: { memory: 3 }, ConstraintFiltered: null },
    'of 3 nodes 3 without enough memory',
  ],
  [
    { NodesEvaluated: 2, DimensionExhausted: null, ConstraintFiltered: { 'missing drivers': 2 } },
    'of 2 nodes 2 excluded by missing drivers',
  ],
])('a placement that failed is described in words: %#', (failure, expected) => {
  expect(describePlacement(failure)).toBe(expected);
});

test.each<[string, Partial<TenantComputeSpec>]>([
  [
    '/containers/0/health_check/type',
    { containers: [{ ...web, health_check: { ...web.health_check, type: 'exec', command: ['true'] } }] },
  ],
  ['/containers/0/env/A', { containers: [{ ...web, env: { A: `${'$'}{attr.unique.hostname}` } }] }],
  ['/containers/0/args/1', { containers: [{ ...web, args: ['a', `${'$'}{NOMAD_ALLOC_ID}`] }] }],
  ['/containers/0/image', { containers: [{ ...web, image: 'elsewhere.example/web:1' }] }],
  ['/secrets/0/source', { secrets: [{ name: 'key', source: 'vault', key: 'a', env_var: 'KEY' }] }],
  ['/provider_config/token_env', { provider_config: { token_env: 'HOME' } }],
  ['/provider_config/address', { provider_config: { address: 'https://elsewhere.example' } }],
])('a specification is refused at %s', (pointer, change) => {
  const operator = NomadConfig.parse({ allowed_registries: ['docker.io'] });
  expect(settingsFor(spec, operator)).toEqual(operator);
  const refused = () => settingsFor({ ...spec, ...change }, operator);
  expect(refused).toThrow(InvalidSpecError);
  try {
    refused();
  } catch (error) {
    expect((error as InvalidSpecError).issues.map((issue) => issue.pointer)).toEqual([pointer]);
  }
});

test('fields without effect are told', () => {
  expect(toWarnings(spec)).toEqual([]);
  const [warning] = toWarnings({ ...spec, networking: { public_ip: true } });
  expect(warning).toContain('networking.public_ip has no effect');
});
