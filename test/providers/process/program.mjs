/**
 * The program of the tenants of these tests. As a server it returns its pid and version at `/` and its environment at
 * `/env`, and obeys `/exit`, `/sick` and `/well`. Its arguments make it misbehave from the start.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const traits = new Set(process.argv.slice(2));

if (traits.has('stubborn')) process.on('SIGTERM', () => undefined);
if (traits.has('parent')) {
  const child = spawn(process.execPath, [import.meta.filename, 'stubborn', 'idle'], {
    detached: traits.has('runaway'),
    stdio: 'inherit',
  });
  process.stdout.write(`child ${child.pid}\n`);
}
if (traits.has('talkative'))
  process.stdout.write(`starting with ${process.env.TOKEN} and ${process.env.DB_PASSWORD}\n`);
if (traits.has('broken')) {
  process.stdout.write('cannot find the flux capacitor\n');
  process.exit(7);
}
if (traits.has('idle')) setInterval(() => undefined, 1000);
else serve();

function serve() {
  let status = traits.has('sick') ? 503 : 200;
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    if (path === '/exit') process.exit(3);
    if (path === '/sick') status = 503;
    if (path === '/well') status = 200;
    response.statusCode = path === '/' ? status : 200;
    response.end(JSON.stringify(path === '/env' ? process.env : { pid: process.pid, version: process.env.VERSION }));
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
}
