import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderShapes } from './render.ts';
import { rooms } from './rooms.ts';

/** Where the shapes of a room are written. */
export function fileOf(room: string): string {
  return fileURLToPath(new URL(`../../${room}/shapes.ts`, import.meta.url));
}

/** `npm run acceptors` */
if (import.meta.main) {
  for (const [room, schemas] of Object.entries(rooms)) writeFileSync(fileOf(room), renderShapes(room, schemas));
}
