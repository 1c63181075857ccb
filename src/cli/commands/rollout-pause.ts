import { steering } from '../rollouts/steer.ts';

export const run = steering('pause');
