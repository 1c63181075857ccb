const MINIMUM = 24;

// Imported before anything that an older Node might not be able to run.
if (Number.parseInt(process.versions.node, 10) < MINIMUM) {
  process.stderr.write(
    `Berth runs on Node ${MINIMUM} or newer; this is ${process.version}.\n` +
      'Start it with npm (npm start, npm run demo), which brings its own Node.\n',
  );
  process.exit(1);
}
