import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { envelope } from '../functions/deliver.ts';
import { memorySpec } from '../functions/invoke.ts';

const docs = new URL('../../docs/', import.meta.url);
const program = fileURLToPath(new URL('validate.py', import.meta.url));

/** True where Python has the validators of OpenAPI and of JSON Schema. */
const hasValidators =
  spawnSync('python3', ['-c', 'import jsonschema, openapi_spec_validator, referencing']).status === 0;
if (!hasValidators) process.stderr.write('test/docs/python.test.ts: skipped, Python has no openapi-spec-validator\n');

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, docs), 'utf8'));
}

function event(type: string, detail: object, source = 'crm') {
  return { ...envelope({ 'detail-type': type, detail, source }), region: 'eu-central-1' };
}

const metadata = { event_id: 'acme.x.1', schema_version: '1', actor: 'crm', occurred_at: '2026-11-29T12:00:00.000Z' };
const announced = { metadata: { ...metadata, requester: { order: 'o-1' } } };
const provision = event('Tenant Provision Requested', { metadata: { actor: 'Zoë' }, data: memorySpec() });
const valid = {
  'tenant-provision-requested': [provision],
  'tenant-update-requested': [event('Tenant Update Requested', { data: memorySpec({ labels: { tier: 'gold é' } }) })],
  'tenant-destroy-requested': [event('Tenant Destroy Requested', { data: { tenant_id: 'acme' } })],
  'tenant-destroyed': [
    event(
      'Tenant Destroyed',
      { ...announced, data: { tenant_id: 'acme', provider_type: 'ecs', endpoints: [] } },
      'berth',
    ),
  ],
};
const invalid = {
  'tenant-provision-requested': [event('Tenant Provision Requested', { data: memorySpec({ tenant_id: 'A b' }) })],
  'tenant-update-requested': [event('Tenant Update Requested', { data: memorySpec({ labels: { tier: 'a;b' } }) })],
  'tenant-destroy-requested': [
    event('Tenant Destroy Requested', { data: { tenant_id: 'acme', force: true } }),
    event('Tenant Destroy Requested', { metadata: { actor: 'a\u0007' }, data: { tenant_id: 'acme' } }),
  ],
};

test.runIf(hasValidators)(
  'the validators of Python accept and apply the published schemas',
  { timeout: 120_000 },
  () => {
    const files = readdirSync(new URL('events/', docs));
    const events = Object.fromEntries(files.map((file) => [file.replace('.json', ''), readJson(`events/${file}`)]));
    const input = JSON.stringify({ openapi: readJson('openapi.json'), events, valid, invalid });
    const { status, stdout, stderr } = spawnSync('python3', [program], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  },
);
