/*
 * npm run test:expressions: looks for a text that makes a regular expression of ours take more than linear time, and writes
 * down those that have none. The tests hold the code to that list.
 */
import { writeFileSync } from 'node:fs';
import { expressionsInUse, nameOf } from './expressions.ts';
import { findAttack } from './find-attack.ts';

const safe: string[] = [];
const attacked: string[] = [];
const expressions = expressionsInUse();
for (const expression of expressions) {
  const attack = await findAttack(expression);
  if (attack === undefined) safe.push(nameOf(expression));
  else attacked.push(`${expression.path}: ${nameOf(expression)}\n    ${attack}`);
}
writeFileSync(new URL('safe.json', import.meta.url), `${JSON.stringify(safe, null, 2)}\n`);
const summary = `${expressions.length} regular expressions, ${attacked.length} of them slow with a text made for it`;
process.stdout.write(`${[summary, ...attacked].join('\n  ')}\n`);
process.exit(attacked.length === 0 ? 0 : 1);
