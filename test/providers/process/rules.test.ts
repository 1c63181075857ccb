import { expect, test } from 'vitest';
import { checkProcessSpec } from '../../../src/providers/process/rules.ts';
import { specOf, worker } from './lab.ts';

test.each([
  ['no command', {}, 'this provider runs processes of this machine, not images'],
  ['args but no command', { args: ['serve'] }, 'not images; its args are for a program that the image names'],
])('a container with %s is refused with advice', async (_what, fields, message) => {
  const { command: _, args: __, ...container } = worker();
  const checking = checkProcessSpec(specOf([{ ...container, ...fields }]), {});
  await expect(checking).rejects.toMatchObject({
    issues: [{ pointer: '/containers/0/command', message: expect.stringContaining(message) }],
  });
});
