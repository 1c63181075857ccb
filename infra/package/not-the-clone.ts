// Run by npm before it packs the clone: its modules are TypeScript, which Node does not run below node_modules.
process.stderr.write('The clone itself is no package. `npm run package` compiles it and packs that.\n');
process.exitCode = 1;
