#!/usr/bin/env node
// The one file that has to run on whatever Node is there: it is plain JavaScript, and finds a Node that can run the rest.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** In the package the rest is compiled; in a clone it is TypeScript, which takes a newer Node. */
const isCompiled = existsSync(new URL('main.js', import.meta.url));
const MINIMUM = isCompiled ? 22 : 24;
const [word, ...more] = process.argv.slice(2);

if ((word === '--version' || word === '-V') && more.length === 0) {
  // Scripts ask for it often: it is answered before anything else is loaded.
  process.stdout.write(`${JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version}\n`);
} else if (Number.parseInt(process.versions.node, 10) >= MINIMUM) {
  // Types are stripped and code is compiled once; every later start reads the result. It lies where only those can write
  // who can change the code itself.
  module.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/berth', import.meta.url)));
  const { main } = await import(isCompiled ? './main.js' : './main.ts');
  await main();
} else {
  const newer = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (existsSync(newer)) {
    await runUnder(newer);
  } else {
    const advice = isCompiled
      ? 'Install a newer one.'
      : 'Run npm ci in the clone, which brings the Node that is needed, or install a newer one.';
    process.stderr.write(`Berth runs on Node ${MINIMUM} or newer; this is ${process.version}.\n${advice}\n`);
    process.exitCode = 1;
  }
}

/** Runs this file again under another Node, and ends as it ends. */
async function runUnder(node) {
  const [{ spawn }, { constants }] = await Promise.all([import('node:child_process'), import('node:os')]);
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends its signals to both; the child decides what they mean. Others reach only this process.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
