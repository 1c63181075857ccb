import { readFileSync, writeFileSync } from 'node:fs';
import { readSteps, writeOutputs } from './console-page.ts';
import { runSteps, withoutColours } from './run-steps.ts';
import { drawTerminal } from './terminal-svg.ts';

const docs = new URL('../../../docs/', import.meta.url);
const page = new URL('quickstart.md', docs);

/** The commands in the picture: a provision, an update, a failed update with its reason, and a rollback. */
const SHOWN = /^npx berth (?:apply|describe|rollback)|^sed /;

// Runs every command of the quickstart, writes the outputs into the page, and draws some of them.
const text = readFileSync(page, 'utf8');
const commands = readSteps(text).map(({ command }) => command);
const outputs = await runSteps(commands);
writeFileSync(page, writeOutputs(text, outputs.map(withoutColours)));
const steps = commands.map((command, index) => ({ command, output: outputs[index] ?? '' }));
const shown = steps.filter(({ command }) => SHOWN.test(command));
writeFileSync(new URL('session.svg', docs), drawTerminal('berth', shown));
