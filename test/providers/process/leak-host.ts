/**
 * A host that tests kill. It runs one program for each tenant, in parallel, and then stays. With `killAt` it kills itself
 * right after its change of that number, and exits when its programs have ended.
 */
import childProcess from 'node:child_process';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { TenantComputeSpec } from '../../../src/compute/spec/spec.ts';

export type LeakStep =
  | { do: 'provision'; spec: TenantComputeSpec }
  | { do: 'update'; spec: TenantComputeSpec; restart?: string | undefined }
  | { do: 'stop' }
  | { do: 'destroy' };

export interface LeakErrand {
  dataDir: string;
  defaults: Record<string, unknown>;
  programs: { tenantId: string; steps: LeakStep[] }[];
  killAt?: number;
}

const { dataDir, defaults, programs, killAt } = JSON.parse(process.argv[2] ?? '') as LeakErrand;
if (killAt !== undefined) killAfter(killAt);
// Loaded after the changes are counted: the provider imports the functions that are replaced.
const { createProcessProvider } = await import('../../../src/providers/process/provider.ts');
const provider = createProcessProvider({ name: 'process', dataDir, defaults });
if (killAt === undefined) await provider.start?.();
process.stdout.write('ready\n');
if (killAt === undefined) setInterval(() => undefined, 1000);
await Promise.all(
  programs.map(async ({ tenantId, steps }) => {
    for (const step of steps) {
      // The test checks what is left behind, not which calls are refused.
      if (step.do === 'provision') await provider.provision(step.spec).catch(() => undefined);
      else if (step.do === 'update')
        await provider.update(tenantId, step.spec, { restart: step.restart }).catch(() => undefined);
      else if (step.do === 'stop') await provider.stop?.(tenantId).catch(() => undefined);
      else await provider.destroy(tenantId).catch(() => undefined);
    }
  }),
);
if (killAt !== undefined) process.exit();

/**
 * Counts each change outside of this process: a record or a folder that is replaced or removed (both are renames), a process
 * that starts, a signal. Kills this process after the one of that number.
 */
function killAfter(last: number): void {
  const { rename } = files;
  const { spawn } = childProcess;
  const kill = process.kill.bind(process);
  let changes = 0;
  const count = () => {
    changes += 1;
    if (changes >= last) kill(process.pid, 'SIGKILL');
  };
  files.rename = async (...paths) => {
    await rename(...paths);
    count();
  };
  childProcess.spawn = ((...options: Parameters<typeof spawn>) => {
    const child = spawn(...options);
    count();
    return child;
  }) as typeof spawn;
  process.kill = (pid, signal) => {
    kill(pid, signal);
    if (signal !== 0) count();
    return true;
  };
  syncBuiltinESMExports();
}
