import { writeFileSync } from 'node:fs';
import { describeCommands } from './reference.ts';

writeFileSync(new URL('../../../docs/cli.md', import.meta.url), describeCommands());
