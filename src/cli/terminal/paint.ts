import { green, red, yellow } from './style.ts';

const good = new Set(['ready', 'running', 'serving', 'healthy', 'succeeded', 'destroyed', 'true']);
const bad = new Set(['failed', 'unhealthy', 'false']);
const moving = new Set(['provisioning', 'updating', 'destroying', 'starting', 'stopping', 'pending', 'running…']);

/** Colours a word that names a state. */
export function paint(text: string): string {
  const word = text.trim();
  if (good.has(word)) return green(text);
  if (bad.has(word)) return red(text);
  return moving.has(word) ? yellow(text) : text;
}
