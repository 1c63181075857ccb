// npm runs this before it packs the clone, whose modules are TypeScript; Node does not run those in node_modules.
process.stderr.write('The clone cannot be packed. `npm run package` compiles it and packs the result.\n');
process.exitCode = 1;
