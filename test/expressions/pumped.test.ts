import { expect, test } from 'vitest';
import { callerOf } from '../../functions/runtime/http/caller.ts';
import type { Event } from '../../functions/runtime/http/operation.ts';
import { ListQuery, LogsQuery } from '../../functions/runtime/http/parameters.ts';
import { readBody } from '../../functions/runtime/http/read-body.ts';
import { isImageReference } from '../../src/compute/spec/names.ts';
import { redact, stripControls } from '../../src/compute/spec/redact.ts';
import { Labels, ProviderName, TenantId } from '../../src/compute/spec/spec.ts';
import { toFailure } from '../../src/providers/docker/engine/container-failure.ts';
import { toComputeError } from '../../src/providers/ecs/api/compute-errors.ts';
import { diagnose } from '../../src/providers/ecs/api/diagnosis.ts';
import { isAllowed } from '../../src/providers/ecs/tenant-permissions.ts';
import { parseOperationId } from '../../src/tenants/model/ids.ts';

/** Long enough that a reader with quadratic time exceeds the time-out of the test. */
const LENGTH = 300_000;

const units = [
  'a',
  '-',
  'a-',
  'a.',
  '.',
  '/',
  'a/',
  '@',
  ':',
  'a:',
  ',',
  'a:b,',
  ' ',
  '\t',
  '\0',
  '"',
  '%',
  '🚢',
  '\u001b[',
  '\n',
];
const quoted = [
  'exec: "',
  ': exec ',
  'exec:p',
  ': stat ',
  'AccessDenied',
  'iam:PassRole',
  'ResourceInitializationError',
  "subnet ID '",
];

const signal = new AbortController().signal;
const toCaller = (headers: Record<string, string>) =>
  callerOf({ headers } as unknown as Event, { requestId: 'r', signal, isConditional: true });

/** Every reader of untrusted text whose length is not limited yet. */
const readers: Record<string, (text: string) => unknown> = {
  'a tenant id': (text) => TenantId.safeParse(text),
  'the name of a provider': (text) => ProviderName.safeParse(text),
  'an image': isImageReference,
  labels: (text) => Labels.safeParse({ [text]: text }),
  'a selector of labels': (text) => ListQuery.label.read(text),
  'a cursor': (text) => [ListQuery.cursor.read(text), LogsQuery.cursor.read(text)],
  'the id of an operation': parseOperationId,
  'a content type': (text) =>
    readBody({ headers: { 'content-type': `application/${text}` }, body: '', isBase64Encoded: false }),
  'an idempotency key': (text) => toCaller({ 'idempotency-key': text }),
  'a condition': (text) => toCaller({ 'if-match': text }),
  'an entry of an allow-list': (text) => isAllowed(text, ['*a*b*c*', 'berth/{tenant_id}/*'], 'acme'),
  'an engine error': toFailure,
  'an ECS error': diagnose,
  'an error of ECS': (text) => toComputeError({ name: 'ClientException', message: text, $fault: 'client' }, 'read'),
  'a log': (text) => redact(stripControls(text), ['canary']),
};

test.each(Object.entries(readers))('%s of repeated units is read in linear time', (_, read) => {
  let count = 0;
  for (const unit of [...units, ...quoted]) {
    const pumped = unit.repeat(Math.ceil(LENGTH / unit.length));
    for (const text of [pumped, `a${pumped}!`]) {
      try {
        read(text);
      } catch (error) {
        expect(error).toHaveProperty('code'); // refused with an error for its sender
      }
      count += 1;
    }
  }
  expect(count).toBe((units.length + quoted.length) * 2);
});
