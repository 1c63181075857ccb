import { createClient, ProblemError } from 'berth/client';

const berth = createClient({ endpoint: process.argv[2] ?? 'http://127.0.0.1:8787' });

const spec = {
  tenant_id: 'acme',
  provider_type: 'process',
  containers: [
    {
      name: 'web',
      image: 'node:24-alpine',
      command: ['node', '-e', 'require("node:http").createServer((_, res) => res.end("hi")).listen(process.env.PORT)'],
      ports: [{ container_port: 8080 }],
    },
  ],
  resources: { cpu: 128, memory: 128 },
};

try {
  const { operationId, etag } = await berth.provisionTenant(spec);
  if (operationId) {
    const operation = await berth.waitForOperation(operationId, {
      timeoutMs: 60_000,
      onProgress: ({ state, message }) => process.stdout.write(`${state} ${message}\n`),
    });
    if (operation.state !== 'succeeded') throw new Error(`${operation.error?.message} ${operation.error?.hint}`);
  }
  // Fails with status 412 if the tenant has changed since it was provisioned.
  await berth.updateTenant('acme', { ...spec, resources: { cpu: 256, memory: 128 } }, { ifMatch: etag });
  for await (const tenant of berth.tenants({ provider: 'process' })) {
    process.stdout.write(`${tenant.tenant_id} is ${tenant.phase}\n`);
  }
} catch (error) {
  if (!(error instanceof ProblemError)) throw error;
  process.stderr.write(`${error.code}: ${error.detail}\n${error.hint}\n`);
  for (const { pointer, detail } of error.errors) process.stderr.write(`  ${pointer}: ${detail}\n`);
  process.exitCode = 1;
} finally {
  await berth.destroyTenant('acme');
}
