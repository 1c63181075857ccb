import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { FindingsError } from '../../src/cli/files/finding.ts';
import { type LoadOptions, loadSpecs } from '../../src/cli/files/load-specs.ts';
import { quantityToMegabytes, toMegabytes, toMillicores, toSeconds } from '../../src/cli/import/quantities.ts';
import { splitWords } from '../../src/cli/import/split-words.ts';

const to: LoadOptions = { tenant: 'acme', provider: 'docker' };
const sample = (name: string) => readFileSync(new URL(`samples/${name}.yaml`, import.meta.url), 'utf8');

async function importText(text: string, options: LoadOptions = to) {
  const [loaded] = await loadSpecs(['-'], Readable.from([Buffer.from(text)]), options);
  const lost = loaded?.imported?.lost.map(({ pointer, message }) => `${pointer} ${message}`);
  return { spec: loaded?.spec, format: loaded?.imported?.format, lost };
}

async function refusals(text: string, options: LoadOptions = to): Promise<string[]> {
  const error: unknown = await importText(text, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof FindingsError)) throw new Error('the file was not refused');
  return error.findings.map(({ position, message }) => `${position.line} ${message}`);
}

/** Returns a placeholder in the syntax of both formats. */
const placeholder = (inner: string) => `$\{${inner}}`;

/** Returns a Compose file with one service. */
const service = (text: string) => `services:\n  web:\n    image: nginx:1\n${text.replace(/^/gm, '    ')}\n`;

describe('published Compose files', () => {
  test('gitea with postgres becomes a tenant with two containers, and omissions are listed', async () => {
    const { spec, format, lost } = await importText(sample('compose-gitea-postgres'));
    expect(format).toBe('Compose');
    expect(spec).toMatchObject({
      tenant_id: 'acme',
      provider_type: 'docker',
      containers: [
        {
          name: 'gitea',
          image: 'gitea/gitea:latest',
          env: { DB_TYPE: 'postgres', DB_HOST: 'db:5432', DB_NAME: 'gitea', DB_USER: 'gitea', DB_PASSWD: 'gitea' },
          ports: [{ container_port: 3000, protocol: 'tcp' }],
        },
        { name: 'db', image: 'postgres:alpine' },
      ],
      resources: { cpu: 512, memory: 512 },
    });
    expect(lost).toEqual([
      '/services/gitea/ports/0 the provider chooses the host port (see berth status)',
      '/services/gitea no CPU limit; 256 millicores are assumed',
      '/services/gitea no memory limit; 256 MB are assumed',
      '/services/db/expose containers of a tenant reach each other without it',
      '/services/db no CPU limit; 256 millicores are assumed',
      '/services/db no memory limit; 256 MB are assumed',
    ]);
  });

  test('wordpress with mysql keeps its command as arguments', async () => {
    const { spec } = await importText(sample('compose-wordpress-mysql'));
    expect(spec?.containers.map(({ name }) => name)).toEqual(['db', 'wordpress', 'phpmyadmin']);
    expect(spec?.containers[0]).toMatchObject({ args: ['--default-authentication-plugin=mysql_native_password'] });
    expect(spec?.containers[0]).not.toHaveProperty('command');
  });

  test('builds and host mounts are refused at their lines', async () => {
    expect(await refusals(sample('compose-nginx-golang-postgres'))).toEqual([
      '3 images are not built; build and push it, then name it in image',
      expect.stringMatching(/^34 \.\/proxy\/nginx\.conf mounts a path of the host/),
    ]);
    expect(await refusals(sample('compose-elasticsearch-logstash-kibana'))).toEqual([
      expect.stringMatching(/^25 \.\/logstash\/pipeline\/logstash-nginx\.config mounts a path of the host/),
      expect.stringMatching(/^26 \.\/logstash\/nginx\.log mounts a path of the host/),
    ]);
  });

  test('elasticsearch without its mounts keeps health checks and both protocols of a port', async () => {
    const text = sample('compose-elasticsearch-logstash-kibana').replace(/ {4}volumes:\n( {6}- \.\/.*\n)+/, '');
    const { spec, lost } = await importText(text);
    expect(spec?.containers[0]).toMatchObject({
      env: { ES_JAVA_OPTS: '-Xms512m -Xmx512m' },
      health_check: {
        type: 'exec',
        command: ['/bin/sh', '-c', 'curl --silent --fail localhost:9200/_cluster/health || exit 1'],
        interval_seconds: 10,
        timeout_seconds: 9,
        unhealthy_threshold: 3,
      },
    });
    expect(spec?.containers[1]?.ports).toEqual([
      { container_port: 5000, protocol: 'tcp' },
      { container_port: 5000, protocol: 'udp' },
      { container_port: 5044, protocol: 'tcp' },
      { container_port: 9600, protocol: 'tcp' },
    ]);
    expect(lost).toContain(
      '/services/elasticsearch/environment/discovery.type ' +
        'discovery.type is not a valid variable name: use letters, digits and underscores',
    );
    expect(lost).toContain(
      '/services/elasticsearch/healthcheck/timeout must be whole seconds below the interval; 9 s is used',
    );
    expect(lost).toContain(
      '/services/elasticsearch/container_name ' +
        'the provider names the containers; others reach it by the name of its service',
    );
  });
});

describe('a Compose file', () => {
  test('may name its tenant, and never names a provider', async () => {
    const { spec } = await importText(`name: My_App\n${service('cpus: 0.5')}`, { provider: 'docker' });
    expect(spec?.tenant_id).toBe('my-app');
    expect(await refusals(service(''), {})).toEqual([
      '1 a Compose file names no tenant; pass --tenant ID',
      '1 a Compose file names no provider; pass --provider NAME (see berth get providers)',
    ]);
  });

  test('sets limits in deploy or in cpus and mem_limit', async () => {
    const { spec, lost } = await importText(
      service('deploy: { replicas: 1, resources: { limits: { cpus: "0.5", memory: 1G } } }'),
    );
    expect(spec?.resources).toEqual({ cpu: 500, memory: 1024 });
    expect(lost).toEqual([]);
    expect((await importText(service('cpus: 2\nmem_limit: 64m'))).spec?.resources).toEqual({ cpu: 2000, memory: 128 });
  });

  test.each([
    ['privileged: true', 'a privileged container controls its machine'],
    ['network_mode: host', 'would share a namespace of the machine'],
    ['pid: host', 'would share a namespace of the machine'],
    ['ipc: "service:db"', 'would share a namespace of the machine or of another container'],
    ['cap_add: [SYS_ADMIN]', 'added capabilities weaken isolation'],
    ['devices: ["/dev/sda:/dev/sda"]', 'devices belong to the machine'],
    ['security_opt: [seccomp=unconfined]', 'it could disable the isolation between tenants'],
    ['volumes: [/var/run/docker.sock:/var/run/docker.sock]', 'mounts a path of the host'],
    ['volumes: [~/data:/data]', 'mounts a path of the host'],
    ['volumes: [{ type: bind, source: data, target: /data }]', 'mounts a path of the host'],
    ['volumes: ["C:\\\\data:/data"]', 'mounts a path of the host'],
    ['extends: { file: other.yaml, service: x }', 'other services and files are not read'],
    [`environment: { A: "${placeholder('HOME')}" }`, '$HOME is not read from your shell'],
    ['command: echo "unclosed', 'unclosed quote'],
    ['ports: ["x"]', '"x" is not a port'],
    ['healthcheck: { test: x, interval: soon }', 'write a duration as 30s or 1m30s'],
  ])('with %s is refused with the reason', async (text, reason) => {
    expect(await refusals(service(text))).toEqual([expect.stringContaining(reason)]);
  });

  test('may contain harmless values of refused keys', async () => {
    const { lost } = await importText(
      service('privileged: false\nrestart: always\ncap_add: []\nx-note: 1\ncpus: 1\nmem_limit: 128m'),
    );
    expect(lost).toEqual([]);
  });

  test('uses defaults of variables and keeps escaped dollar signs', async () => {
    const { spec, lost } = await importText(service(`environment: { A: "${placeholder('TAG:-v1')}", B: "$$HOME" }`));
    expect(spec?.containers[0]?.env).toEqual({ A: 'v1', B: '$HOME' });
    expect(lost).toContain('/services/web/environment/A $TAG is not read from your shell; its default is used');
  });

  test('accepts every syntax of ports', async () => {
    const { spec } = await importText(
      service(
        'ports: ["80", "127.0.0.1:8080:81", "9000-9002:82-84", "[::1]:53:53/udp", ' +
          '{ target: 90, published: "91", protocol: udp, name: dns }, 80]',
      ),
    );
    expect(spec?.containers[0]?.ports?.map(({ container_port, protocol }) => `${container_port}/${protocol}`)).toEqual([
      '80/tcp',
      '81/tcp',
      '82/tcp',
      '83/tcp',
      '84/tcp',
      '53/udp',
      '90/udp',
    ]);
  });

  test('locates invalid values in the Compose file', async () => {
    expect(
      await refusals('services:\n  web:\n    image: NOT VALID\n  db:\n    image: ok\n    ports: ["99999"]\n'),
    ).toEqual(['3 image must be a valid image reference', '6 container_port must be an integer from 1 to 65535']);
  });
});

describe('volumes', () => {
  async function volumesOf(mounts: string, declared = '{ data: }') {
    const text = `services:\n  web:\n    image: x\n    volumes: [${mounts}]\nvolumes: ${declared}\n`;
    const { spec, lost = [] } = await importText(text);
    const notes = lost.filter((line) => line.includes('volumes'));
    return { volumes: spec?.containers[0]?.volumes, notes };
  }

  test.each([
    ['"data:/var/lib/data"', { name: 'data', path: '/var/lib/data' }],
    ['"data:/var/lib/data/"', { name: 'data', path: '/var/lib/data' }],
    ['"db_data:/data:ro,z"', { name: 'db-data', path: '/data', read_only: true }],
    [
      '{ type: volume, source: data, target: /data, read_only: true }',
      { name: 'data', path: '/data', read_only: true },
    ],
    ['{ source: data, target: /data }', { name: 'data', path: '/data' }],
  ])('%s becomes a volume of the tenant', async (mount, expected) => {
    expect(await volumesOf(mount)).toEqual({ volumes: [expected], notes: [] });
  });

  test('an anonymous volume is kept under a name of its container and path', async () => {
    const { volumes, notes } = await volumesOf('"/var/cache"');
    expect(volumes).toEqual([{ name: 'web-var-cache', path: '/var/cache' }]);
    expect(notes).toEqual([expect.stringContaining('the anonymous volume is kept as web-var-cache')]);
  });

  test('what volumes of a tenant do not have is noted', async () => {
    const declared = '{ data: { external: true, driver: nfs, driver_opts: { a: b }, labels: { a: b } } }';
    const { notes } = await volumesOf('{ source: data, target: /d, volume: { subpath: x, nocopy: true } }', declared);
    expect(notes.map((line) => line.split(' ')[0])).toEqual([
      '/volumes/data/external',
      '/volumes/data/driver',
      '/volumes/data/driver_opts',
      '/volumes/data/labels',
      '/services/web/volumes/0/volume/subpath',
      '/services/web/volumes/0/volume/nocopy',
    ]);
  });

  test('two volumes whose names would become one are refused', async () => {
    const text = 'services:\n  web:\n    image: x\nvolumes:\n  db_data:\n  db-data:\n';
    expect(await refusals(text)).toEqual(['6 db-data and db_data get the same name; rename one']);
  });

  test('a volume of Score is a resource of that type, in a list or by its path', async () => {
    const head = 'apiVersion: score.dev/v1b1\nmetadata: { name: acme }\n';
    const text = `${head}containers:
  web:
    image: x
    volumes:
      /data: { source: "\${resources.data}", readOnly: true }
      /cache: { source: "\${resources.cache}", path: sub }
resources:
  data: { type: volume }
  cache: { type: volume }
`;
    const { spec, lost } = await importText(text);
    expect(spec?.containers[0]?.volumes).toEqual([
      { name: 'data', path: '/data', read_only: true },
      { name: 'cache', path: '/cache' },
    ]);
    expect(lost?.filter((line) => /volumes|resources\//.test(line))).toEqual([
      '/containers/web/volumes/~1cache/path the whole volume is mounted',
    ]);
    const wrong = text.replace('data: { type: volume }', 'data: { type: redis }');
    expect(await refusals(wrong)).toEqual([expect.stringContaining('the resource data is no volume')]);
  });
});

describe('the fields of a service', () => {
  test.each([
    ['ports: "80:80"', 'ports must be a list, not a text'],
    ['ports: { 80: 80 }', 'ports must be a list, not a map'],
    ['ports: [[80]]', 'a port must be a text, a number or a map'],
    ['ports: [{ target: { a: 1 } }]', 'a port must have a target'],
    ['environment: FOO=bar', 'environment must be a list or a map, not a text'],
    ['environment: [{ FOO: bar }]', 'must be a text such as NAME=value, not NAME: value'],
    ['environment: { FOO: { a: 1 } }', 'FOO must be a text, not a map'],
    ['command: { a: 1 }', 'command must be a text or a list, not a map'],
    ['command: [{ a: 1 }]', 'an entry of command must be a text, not a map'],
    ['healthcheck: curl', 'healthcheck must be a map, not a text'],
    ['healthcheck: { test: [curl] }', 'test must be a text, or a list that begins with CMD'],
    ['healthcheck: { test: x, interval: { a: 1 } }', 'write a duration'],
    ['healthcheck: { test: x, retries: { a: 1 } }', 'retries must be a whole number'],
    ['volumes: data:/data', 'volumes must be a list, not a text'],
    ['volumes: [[a]]', 'a volume must be a text'],
    ['network_mode: { a: 1 }', 'network_mode must be a text, not a map'],
    ['deploy: { resources: [] }', 'resources must be a map, not a list'],
    ['mem_limit: lots', 'mem_limit must be an amount of memory such as 512m'],
    ['cpus: many', 'cpus must be a number of cores such as 0.5'],
    ['stop_grace_period: soon', 'write a duration'],
    ['imagee: nginx', 'unknown field: imagee; did you mean image?'],
    ['restart: "no"', 'every service ends by itself: one at least has to keep running'],
    ['restart: sometimes', 'restart must be no, always, on-failure or unless-stopped'],
    ['depends_on: { db: { condition: service_completed_successfully } }', 'db is no service that runs'],
    ['depends_on: [web]', 'a container cannot start after itself'],
    ['depends_on: { web: { condition: ready } }', 'condition must be one of service_started, service_healthy'],
    ['security_opt: ["no-new-privileges:true", "label:disable"]', 'it could disable the isolation'],
  ])('with %s are refused in plain words', async (text, reason) => {
    const told = await refusals(service(text));
    expect(told).toEqual([expect.stringContaining(reason)]);
    expect(told.join()).not.toContain('[object');
  });

  test('keep numbers as they are written', async () => {
    const { spec } = await importText(
      service(
        'environment: { A: 022, B: 123456789012345678, C: 0x1F, D: 1.10, E: 1e3, F: 12, G: yes, H: true, I: .5 }\n' +
          'command: [sleep, 0600]',
      ),
    );
    expect(spec?.containers[0]).toMatchObject({
      env: { A: '022', B: '123456789012345678', C: '0x1F', D: '1.10', E: '1e3', F: '12', G: 'yes', H: 'true', I: '.5' },
      args: ['sleep', '0600'],
    });
  });

  test('have the defaults of Compose in a health check', async () => {
    const { spec, lost } = await importText(service('healthcheck: { test: x }\ncpus: 1\nmem_limit: 1g'));
    expect(spec?.containers[0]?.health_check).toMatchObject({
      interval_seconds: 30,
      timeout_seconds: 29,
      unhealthy_threshold: 3,
    });
    expect(lost).toEqual([
      '/services/web/healthcheck no timeout, and the default of 30 s is not below the interval; 29 s is used',
    ]);
    const { lost: none } = await importText(
      service('healthcheck: { test: x, timeout: 5s, start_period: 0s }\ncpus: 1\nmem_limit: 1g'),
    );
    expect(none).toEqual([]);
  });

  test('become settings of a provider that has them, and notes for another', async () => {
    const text = service('read_only: true\ntmpfs: [/run]\nstop_grace_period: 1m30s\ncpus: 1\nmem_limit: 1g');
    expect(await importText(text)).toMatchObject({
      spec: { provider_config: { read_only: true, tmpfs: ['/run'], stop_grace_seconds: 90 } },
      lost: [],
    });
    const { spec, lost } = await importText(text, { tenant: 'acme', provider: 'process' });
    expect(spec?.provider_config).toEqual({ stop_grace_seconds: 90 });
    expect(lost).toEqual([
      '/services/web/read_only process has no setting for a read-only root file system',
      '/services/web/tmpfs process has no setting for folders in memory',
    ]);
    expect((await importText(text, { tenant: 'acme', provider: 'nomad' })).lost).toContainEqual(
      expect.stringContaining('Berth does not know whether nomad has a setting for folders in memory'),
    );
  });

  test('that differ between services stay out of settings that hold for all', async () => {
    const { spec, lost } = await importText(
      'services:\n  a: { image: a, read_only: true, stop_grace_period: 5s }\n  b: { image: b, stop_grace_period: 20s }\n',
    );
    expect(spec?.provider_config).toEqual({ stop_grace_seconds: 20 });
    expect(lost).toContainEqual(expect.stringMatching(/^\/services\/a\/read_only .*not every service has it$/));
    expect(lost).toContainEqual(expect.stringMatching(/^\/services\/a\/stop_grace_period 20 s is used/));
  });

  test('about isolation need no note where the provider always isolates so', async () => {
    const text = service('security_opt: ["no-new-privileges:true"]\ncap_drop: [ALL]\ncpus: 1\nmem_limit: 1g');
    expect((await importText(text)).lost).toEqual([]);
    expect((await importText(text, { tenant: 'acme', provider: 'ecs' })).lost).toEqual([
      '/services/web/security_opt/0 Berth has no setting for new privileges on ecs',
      '/services/web/cap_drop Berth has no setting for capabilities on ecs',
    ]);
  });
});

describe('published Score files', () => {
  test('the full sample is refused because of its build, and imported with an image', async () => {
    expect(await refusals(sample('score-full'))).toEqual([
      '58 images are not built; build and push it, then name it here',
    ]);
    const { spec, format, lost } = await importText(sample('score-full').replace('image: .', 'image: nginx:1'), {
      provider: 'docker',
    });
    expect(format).toBe('Score');
    expect(spec).toMatchObject({
      tenant_id: 'example-workload-name123',
      containers: [
        {
          name: 'container-one1',
          image: 'localhost:4000/repo/my-image:tag',
          command: ['/bin/sh', '-c'],
          args: ['hello', 'world'],
          env: { SOME_VAR: 'some content here' },
          ports: [
            { name: 'port-one', container_port: 10000, protocol: 'tcp' },
            { name: 'port-two2', container_port: 8000, protocol: 'tcp' },
          ],
          health_check: { type: 'http', http_path: '/readyz', port: 80 },
          resources: { cpu: 240, memory: 128 },
        },
        { name: 'container-two2', image: 'nginx:1' },
      ],
      resources: { cpu: 496, memory: 384 },
    });
    expect(lost?.map((line) => line.split(' ')[0])).toEqual([
      '/containers/container-one1/files/0',
      '/containers/container-one1/files/1',
      '/containers/container-one1/volumes/0/path',
      '/containers/container-one1/livenessProbe',
      '/containers/container-one1/readinessProbe/httpGet/host',
      '/containers/container-one1/readinessProbe/httpGet/httpHeaders',
      '/containers/container-one1/resources/requests',
      '/containers/container-one1',
      '/containers/container-two2',
      '/containers/container-two2',
      '/service/ports/port-one/port',
      '/service/ports/port-one',
      '/service/ports/port-two2',
      '/metadata/extra-key',
      '/metadata/annotations',
      '/resources/resource-one1',
      '/resources/resource-two2',
      '/resources/resource.three',
    ]);
  });

  test('a readiness probe becomes the health check', async () => {
    const { spec } = await importText(sample('score-probes'), { provider: 'docker' });
    expect(spec?.containers[0]).toMatchObject({ health_check: { type: 'http', http_path: '/ready', port: 8080 } });
  });

  test('placeholders of metadata are resolved, others are refused', async () => {
    const score = (value: string) =>
      'apiVersion: score.dev/v1b1\nmetadata: { name: app }\n' +
      `containers:\n  web:\n    image: nginx:1\n    variables: { A: "${value}" }\n`;
    expect((await importText(score(`x-${placeholder('metadata.name')}-$$`))).spec?.containers[0]?.env).toEqual({
      A: 'x-app-$',
    });
    expect(await refusals(score(placeholder('resources.db.host')))).toEqual([
      expect.stringContaining('Berth provides no resources'),
    ]);
    expect(await refusals(score(placeholder('metadata.__proto__.x')))).toEqual([
      expect.stringContaining('has no value: metadata lacks it'),
    ]);
  });
});

describe('a Score file', () => {
  const score = (container: string) =>
    `apiVersion: score.dev/v1b1\nmetadata: { name: app }\ncontainers:\n  web:\n    image: nginx:1\n    ${container}\n`;

  test('has placeholders in variables only, and a dollar sign elsewhere is itself', async () => {
    const { spec, lost } = await importText(
      score(
        `variables: { A: "$HOME $$5 $(x)", B: "${placeholder('metadata.name')}", C: "$${placeholder('x')}" }\n` +
          `    args: ["$$", "$HOME", "${placeholder('X')}", "${placeholder('metadata.name')}"]`,
      ),
      { provider: 'docker' },
    );
    expect(spec?.containers[0]).toMatchObject({
      env: { A: '$HOME $5 $(x)', B: 'app', C: placeholder('x') },
      args: ['$$', '$HOME', placeholder('X'), placeholder('metadata.name')],
    });
    expect(lost).toContain(
      '/containers/web/args/3 Score has placeholders in variables, files and resources only; the text is kept',
    );
  });

  test.each([
    ['before: { db: { ready: complete } }', 'no container has the name db'],
    ['before: { web: { ready: soon } }', 'ready must be started, healthy or complete'],
    [`variables: { A: "${placeholder('other.x')}" }`, 'a placeholder begins with metadata or resources'],
    ['variables: { A: { b: 1 } }', 'A must be a text, not a map'],
    ['resources: { limits: { memory: 128m } }', 'memory must be an amount such as 128Mi'],
    ['variable: {}', 'unknown field: variable; did you mean variables?'],
    ['command: sh', 'command must be a list, not a text'],
  ])('with %s is refused with the reason', async (text, reason) => {
    expect(await refusals(score(text), { provider: 'docker' })).toEqual([expect.stringContaining(reason)]);
  });

  test('of an older version is refused by its version', async () => {
    const text = score('command: [sh]').replace('score.dev', 'score.sh');
    expect(await refusals(text, { provider: 'docker' })).toEqual(['1 only score.dev/v1b1 is supported']);
  });
});

describe('quantities', () => {
  test.each([
    ['30s', 30],
    ['1m30s', 90],
    ['1h', 3600],
    ['500ms', 0.5],
    [5, 5],
    ['soon', undefined],
    ['', undefined],
  ])('%j is %j seconds', (text, seconds) => expect(toSeconds(text)).toBe(seconds));

  test.each([
    ['128M', 128],
    ['1gb', 1024],
    ['1GiB', 1024],
    ['1.5g', 1536],
    ['512 mb', 512],
    ['64kib', 1],
    ['1t', 1_048_576],
    ['1048577b', 2],
    [1048577, 2],
    ['1x', undefined],
    ['1 kk', undefined],
    ['-1', undefined],
    ['', undefined],
  ] as const)('%j of Compose is %j MB', (text, megabytes) => expect(toMegabytes(text)).toBe(megabytes));

  test.each([
    ['128M', 123],
    ['1Gi', 1024],
    ['1.5Gi', 1536],
    ['1G', 954],
    ['134217728', 128],
    ['128m', undefined],
    ['1GB', undefined],
    ['i', undefined],
  ] as const)('%j of Score is %j MB', (text, megabytes) => expect(quantityToMegabytes(text)).toBe(megabytes));

  test.each([
    ['0.24', 240],
    ['250m', 250],
    [2, 2000],
    ['.5', 500],
    ['x', undefined],
  ])('%j is %j millicores', (text, millicores) => expect(toMillicores(text)).toBe(millicores));

  test.each([
    ['a  b', ['a', 'b']],
    ['sh -c \'echo "x" y\'', ['sh', '-c', 'echo "x" y']],
    ['a\\ b "c \\" d" \'\'', ['a b', 'c " d', '']],
    ['"open', undefined],
    ['', []],
  ])('%j is split into %j', (text, words) => expect(splitWords(text)).toEqual(words));
});
