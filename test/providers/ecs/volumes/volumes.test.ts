import { expect, test } from 'vitest';
import type { TenantComputeSpec, VolumeMount } from '../../../../src/compute/spec/spec.ts';
import { volumesMessage } from '../../../../src/compute/volumes/volumes.ts';
import { defaults, FILE_SYSTEM, inventory, TASK_ROLE, withFiles } from '../ecs-subject.ts';
import { bringUp, ecsSpec, issuesOf, type OpenEcs, openEcs, plan, ROLLOUT, withImage } from '../open-ecs.ts';

const DATA: VolumeMount = { name: 'data', path: '/data' };
const settings = { defaults: { ...defaults, ...withFiles } };

function mounting(mounts: VolumeMount[] = [DATA], retained: string[] = []): TenantComputeSpec {
  const spec = ecsSpec('acme');
  const containers = spec.containers.map((one, index) => (index === 0 ? { ...one, volumes: mounts } : one));
  return { ...spec, containers, volumes: retained.map((name) => ({ name, retain: true })) };
}

async function openWithFiles() {
  const ecs = await openEcs();
  return { ...ecs, provider: ecs.provide(settings) };
}

function pointsOf({ fake }: Pick<OpenEcs, 'fake'>) {
  return [...fake.state.files.points.values()];
}

test('volumes need the setting, a task role, platform version 1.4.0 and Berth’s own task definition', () => {
  const pointer = '/containers/0/volumes';
  const given = `${defaults.cluster_arn.replace(/cluster.*/, '')}task-definition/app:1`;
  const of = (more: object) => issuesOf(mounting(), { ...withFiles, ...more });
  expect(issuesOf(mounting())).toEqual([{ pointer, message: expect.stringContaining('has to set efs') }]);
  expect(of({ platform_version: '1.3.0' })).toEqual([{ pointer, message: expect.stringContaining('1.4.0') }]);
  expect(of({ task_definition_arn: given })).toEqual([{ pointer, message: expect.stringContaining('given') }]);
  expect(of({ platform_version: '1.4.0' })).toEqual([]);
  expect(() => plan(mounting(), { efs: withFiles.efs })).toThrow(/efs needs task_role_arn/);
});

test('a volume that is written has one task, and the old one stops before the new one starts', () => {
  const many = { ...withFiles, desired_count: 2 };
  const reading = mounting([{ ...DATA, read_only: true }]);
  expect(issuesOf(mounting(), many)).toEqual([
    { pointer: '/provider_config/desired_count', message: expect.stringContaining('must be 1') },
  ]);
  expect(issuesOf(mounting(), { ...withFiles, autoscaling: { max: 2, cpu_percent: 50 } })).toHaveLength(1);
  expect(issuesOf(reading, many)).toEqual([]);
  const { service } = plan(mounting(), withFiles);
  expect(service.deploymentConfiguration).toMatchObject({ minimumHealthyPercent: 0, maximumPercent: 100 });
  expect(service.availabilityZoneRebalancing).toBe('DISABLED');
  expect(plan(reading, withFiles).service.deploymentConfiguration).toMatchObject({ maximumPercent: 200 });
});

test('a task mounts the access point of its tenant, encrypted and with its task role', async () => {
  await using ecs = await openWithFiles();
  await bringUp(ecs, mounting([{ ...DATA, read_only: true }]));
  const [point] = pointsOf(ecs);
  const [{ definition } = { definition: undefined }] = [...ecs.fake.state.families.values()].flat();
  expect(definition).toMatchObject({
    taskRoleArn: TASK_ROLE,
    volumes: [
      {
        name: 'data',
        efsVolumeConfiguration: {
          fileSystemId: FILE_SYSTEM,
          transitEncryption: 'ENABLED',
          authorizationConfig: { accessPointId: point?.point.AccessPointId, iam: 'ENABLED' },
        },
      },
    ],
  });
  expect(definition?.containerDefinitions?.[0]?.mountPoints).toEqual([
    { sourceVolume: 'data', containerPath: '/data', readOnly: true },
  ]);
});

test('the old task has stopped serving before one of the next version starts', async () => {
  await using ecs = await openWithFiles();
  await bringUp(ecs, mounting());
  await ecs.provider.update('acme', withImage(mounting(), 'good.example/app:2'));
  for (let passed = 0; passed < ROLLOUT; passed += 5000) {
    await ecs.pass(5000);
    const wanted = [...ecs.fake.state.tasks].filter(({ task }) => task.desiredStatus === 'RUNNING');
    expect(wanted.length).toBeLessThanOrEqual(1);
  }
  expect((await ecs.provider.getStatus('acme')).state).toBe('running');
});

test('a service that ECS refuses leaves no volume, and a retained one as it was', async () => {
  await using ecs = await openWithFiles();
  const refuse = () =>
    ecs.fake.fail('CreateService', { kind: 'refuse', type: 'InvalidParameterException', message: 'no' });
  refuse();
  await expect(ecs.provider.provision(mounting())).rejects.toThrow(/no/);
  expect(inventory(ecs.fake)).toEqual([]);
  await bringUp(ecs, mounting([DATA], ['data']));
  await ecs.provider.destroy('acme');
  await ecs.pass(ROLLOUT);
  await ecs.provider.destroy('acme');
  const before = pointsOf(ecs).map(({ tags }) => new Map(tags));
  refuse();
  await expect(ecs.provider.provision(mounting())).rejects.toThrow(/no/);
  expect(pointsOf(ecs).map(({ tags }) => tags)).toEqual(before);
  expect(await Array.fromAsync(ecs.provider.list())).toEqual([]);
});

test('a destroy tells in which folder data remains, and the next life has another folder', async () => {
  await using ecs = await openWithFiles();
  const folders: (string | undefined)[] = [];
  for (const _life of [1, 2]) {
    await bringUp(ecs, mounting());
    const folder = pointsOf(ecs)[0]?.point.RootDirectory?.Path;
    folders.push(folder);
    await ecs.provider.destroy('acme');
    expect(pointsOf(ecs), 'while the last task may write').toHaveLength(1);
    await ecs.pass(ROLLOUT);
    const result = await ecs.provider.destroy('acme');
    expect(volumesMessage(result as never)).toBe(
      `volumes deleted: data; no tenant can access their data any more, but it remains: ` +
        `data in ${folder} of the file system ${FILE_SYSTEM}`,
    );
  }
  expect(new Set(folders).size).toBe(2);
});

test('calls that race for a volume get the same access point', async () => {
  await using ecs = await openWithFiles();
  await Promise.allSettled([ecs.provider.provision(mounting()), ecs.provider.provision(mounting())]);
  await ecs.pass(ROLLOUT);
  expect(pointsOf(ecs)).toHaveLength(1);
  expect((await ecs.provider.getStatus('acme')).state).toBe('running');
});

test('volumes of another installation are left alone, and of more than one page all are found', async () => {
  await using ecs = await openWithFiles();
  const mine = { installation: 'a'.repeat(14) };
  for (let count = 0; count < 101; count += 1) {
    const Tags = [{ Key: 'berth.volume', Value: 'data' }];
    ecs.fake.call('CreateAccessPoint', {
      ClientToken: `x${count}`,
      FileSystemId: FILE_SYSTEM,
      RootDirectory: { Path: '/x' },
      Tags,
    });
  }
  await ecs.provider.provision(mounting(), mine);
  const [point] = pointsOf(ecs).slice(101);
  await ecs.pass(ROLLOUT);
  await ecs.provider.destroy('acme', mine);
  await ecs.pass(ROLLOUT);
  point?.tags.set('berth.installation', 'b'.repeat(14));
  expect(await ecs.provider.destroy('acme', mine)).toEqual({ deleted_volumes: [], kept_volumes: [] });
  point?.tags.set('berth.installation', mine.installation);
  expect(await ecs.provider.destroy('acme', mine)).toMatchObject({ deleted_volumes: ['data'] });
});

test('another file system, or none, is refused while a tenant has volumes', async () => {
  await using ecs = await openWithFiles();
  await bringUp(ecs, mounting());
  const moved = ecs.provide({ defaults: { ...settings.defaults, efs: { file_system_id: 'fs-0bbbbbbb' } } });
  await expect(moved.update('acme', withImage(mounting(), 'good.example/app:2'))).rejects.toThrow(FILE_SYSTEM);
  await expect(ecs.provide().destroy('acme')).rejects.toThrow(/name no file system/);
  expect((await ecs.provider.getStatus('acme')).volumes).toEqual([{ name: 'data', retain: false, mounted: true }]);
});

test('a file system that is full or missing is named, with what the operator has to do', async () => {
  await using ecs = await openEcs({ limits: { accessPoints: 0 } });
  await expect(ecs.provide(settings).provision(mounting())).rejects.toThrow(/as many access points as it may have/);
  await using other = await openEcs({ fileSystems: [] });
  await expect(other.provide(settings).provision(mounting())).rejects.toThrow(/does not exist/);
});

test('installations and clusters that share a file system never get the data of each other', async () => {
  await using ecs = await openWithFiles();
  const [one, other] = ['a', 'b'].map((letter) => ({ installation: letter.repeat(14) }));
  await ecs.provider.provision(mounting([DATA], ['data']), one);
  await ecs.pass(ROLLOUT);
  for (const _call of ['service', 'volumes']) {
    await ecs.provider.destroy('acme', one);
    await ecs.pass(ROLLOUT);
  }
  await ecs.provider.provision(mounting(), other);
  expect(new Set(pointsOf(ecs).map(({ point }) => point.RootDirectory?.Path)).size).toBe(2);
  await ecs.provider.destroy('acme', other);
  await ecs.pass(ROLLOUT);
  expect(await ecs.provider.destroy('acme', other)).toMatchObject({ deleted_volumes: ['data'], kept_volumes: [] });
  expect(await ecs.provider.destroy('acme', one)).toEqual({ deleted_volumes: [], kept_volumes: ['data'] });
  ecs.fake.state.files.points.values().next().value?.tags.set('berth.tenant_id', 'another');
  await expect(ecs.provider.provision(mounting(), one)).rejects.toThrow(/lacks Berth's tags/);
});

test('a late destroy leaves the volumes of the next life alone', async () => {
  await using ecs = await openWithFiles();
  await ecs.provider.provision(mounting(), { incarnation: 'b'.repeat(12) });
  ecs.fake.state.services.clear();
  const late = { incarnation: 'a'.repeat(12), retain_volumes: ['data'] };
  expect(await ecs.provider.destroy('acme', late)).toEqual({ deleted_volumes: [], kept_volumes: [] });
  expect(pointsOf(ecs).map(({ tags }) => tags.get('berth.retain'))).toEqual(['false']);
});
