import { expect, test } from 'vitest';
import { checkProcessSpec } from '../../../src/providers/process/rules.ts';
import { specOf, worker } from './lab.ts';

test.each([
  ['nothing to run', {}, 'this provider runs processes of this machine, not images'],
  [
    'args for the program of an image',
    { args: ['serve'] },
    'not images; its args are for a program that the image names',
  ],
])('a container with %s is told what it needs', async (_what, fields, message) => {
  const { command: _, args: __, ...container } = worker();
  const checking = checkProcessSpec(specOf([{ ...container, ...fields }]), {});
  await expect(checking).rejects.toMatchObject({
    issues: [{ pointer: '/containers/0/command', message: expect.stringContaining(message) }],
  });
});
