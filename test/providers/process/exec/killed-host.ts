import { createProcessProvider } from '../../../../src/providers/process/provider.ts';

/** A host that starts two programs in a tenant, prints their pids, and waits to be killed. */
const [dataDir = ''] = process.argv.slice(2);
const provider = createProcessProvider({ name: 'process', dataDir, defaults: { exec: true } });
const script = 'trap "" HUP; echo $$; while :; do sleep 1; done';
for (const tty of [true, false]) {
  const session = await provider.exec?.('acme', { command: ['sh', '-c', script], tty });
  if (session?.kind !== 'program') throw new Error('the provider started no program');
  for await (const { bytes } of session.output) {
    process.stdout.write(bytes);
    break;
  }
}
setInterval(() => undefined, 1000);
