import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readTable } from '../../../../src/providers/process/supervise/process-table.ts';
import { cgroupsOf } from '../../../../src/providers/process/traces/cgroups.ts';
import { it, type Lab, specOf } from '../lab.ts';

/**
 * A program that goes to the background as servers do: it forks twice, begins a session, closes its output, overwrites its
 * environment where asked, and may listen on its port. It writes its pid into a file, and goes on for ever. Before that, it
 * may fork and exit a hundred times.
 */
const DAEMON = `
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv) {
  const char *ways = argv[2];
  int port = getenv("PORT") ? atoi(getenv("PORT")) : 0;
  if (strchr(ways, 'f') && fork()) return 0;
  if (strchr(ways, 's')) setsid();
  if (strchr(ways, 'f') && fork()) return 0;
  if (strchr(ways, 'd')) chdir("/");
  if (strchr(ways, 'e')) for (char **one = environ; *one; one++) memset(*one, 0, strlen(*one));
  if (strchr(ways, 'c')) { int null = open("/dev/null", O_RDWR); for (int fd = 0; fd < 3; fd++) dup2(null, fd); }
  if (strchr(ways, 'p')) {
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&at, sizeof at) || listen(server, 8)) return 1;
  }
  for (int hops = strchr(ways, 'h') ? 100 : 0; hops > 0; hops--) { usleep(2000); if (fork()) _exit(0); }
  FILE *file = fopen(argv[1], "w");
  fprintf(file, "%d\\n", getpid());
  fclose(file);
  for (;;) pause();
}
`;

const SHORT = { provider_config: { start_timeout_seconds: 1, settle_seconds: 1 } };

let folder = '';
let daemon = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-daemon-'));
  daemon = join(folder, 'daemon');
  await writeFile(`${daemon}.c`, DAEMON);
  try {
    execFileSync('cc', ['-w', '-o', daemon, `${daemon}.c`]);
  } catch {
    process.stdout.write('skipped: there is no C compiler (cc)\n');
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a command that leaves a process behind, destroys the tenant, and returns which processes are left. */
async function leftOf(lab: Lab, command: string[], cgroups: boolean): Promise<string[]> {
  const provider = lab.provider({ restart_delay_seconds: 60, cgroups });
  const spec = specOf([{ name: 'web', command, ports: [{ container_port: 80 }] }], SHORT);
  await provider.provision(spec).catch(() => undefined);
  await provider.destroy('acme');
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(lab.dir));
}

function commandOf(pid: string): string {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return /copier\.ts/.test(command) ? '' : command;
  } catch {
    return '';
  }
}

/** f: two forks, s: a session of its own, c: no output, e: no environment, d: another folder, p: it listens on its port. */
const ways = ['f', 'fs', 'fsc', 'fsce', 'fscep', 'fscepd', 'se'];

describe.each([
  ['in a cgroup', true],
  ['by its traces', false],
])('what goes to the background is found %s', (_, cgroups) => {
  it.for(ways)('and ends with its tenant: %s', async (way, { lab, skip }) => {
    skip(!existsSync(daemon));
    const file = join(lab.dir, 'daemon.pid');
    expect(await leftOf(lab, [daemon, file, way], cgroups)).toEqual([]);
  });

  it('also where a shell leaves it', async ({ lab }) => {
    const file = join(lab.dir, 'daemon.pid');
    const loop = "'while :; do sleep 0.1; done'";
    const script = `nohup setsid env -i PATH=/usr/bin:/bin sh -c ${loop} "$0" > /dev/null 2>&1 & exit 0`;
    expect(await leftOf(lab, ['sh', '-c', script, file], cgroups)).toEqual([]);
  });
});

it('a process that forks and exits all the time is in every reading of the process table', async ({ lab, skip }) => {
  skip(!existsSync(daemon));
  const file = join(lab.dir, 'daemon.pid');
  const run = `run-${process.pid}`;
  const first = spawn(daemon, [file, 'h'], { env: { BERTH_RUN: run }, stdio: 'ignore' });
  await once(first, 'spawn');
  const readings: number[][] = [];
  const readPids = async () =>
    (await readTable()).flatMap((entry) => (entry.run === run && !entry.zombie ? [entry.pid] : []));
  while (!existsSync(file)) {
    readings.push(await readPids());
    await setImmediate();
  }
  for (const pid of await readPids()) process.kill(pid, 'SIGKILL');
  expect(readings.length).toBeGreaterThan(5);
  expect(readings.filter((pids) => pids.length === 0)).toEqual([]);
});

it('a container that ends at once with 0 is asked whether it goes to the background', async ({ lab }) => {
  const spec = specOf([{ name: 'web', command: ['true'] }], {
    provider_config: { start_timeout_seconds: 1, settle_seconds: 1 },
  });
  await expect(lab.provider().provision(spec)).rejects.toThrow(
    'exited with code 0 at once: does it go to the background?',
  );
});

it('no cgroup is left behind', async ({ lab }) => {
  const provider = lab.provider();
  await provider.provision(specOf([{ name: 'web', command: ['sleep', '1000'] }]));
  const { run } = (await lab.record()).instances[0] ?? {};
  const owner = readFileSync(join(lab.dir, 'process/.installation'), 'utf8');
  if (run?.cgroup !== undefined) expect(cgroupsOf(owner).map((one) => one.folder)).toContain(run.cgroup);
  await provider.destroy('acme');
  expect(cgroupsOf(owner)).toEqual([]);
  expect(run?.cgroup === undefined || existsSync(dirname(run.cgroup))).toBe(true);
});
