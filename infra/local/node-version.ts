const MINIMUM = 24;

// Imported before everything that an older Node cannot run.
if (Number.parseInt(process.versions.node, 10) < MINIMUM) {
  const isClone = import.meta.url.endsWith('.ts');
  const advice = isClone
    ? 'Start it with npm (npm start, npm run demo), which uses the Node in node_modules.'
    : 'Install a newer Node; only the control plane on one machine needs it.';
  process.stderr.write(`Berth runs on Node ${MINIMUM} or newer; this is ${process.version}.\n${advice}\n`);
  process.exit(1);
}
