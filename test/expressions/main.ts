/*
 * npm run test:expressions: looks for texts that make a regular expression take more than linear time, and records the safe
 * expressions in safe.json. The tests refuse an expression that is not in that list.
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
const summary = `${expressions.length} regular expressions, ${attacked.length} of them slow for some text`;
process.stdout.write(`${[summary, ...attacked].join('\n  ')}\n`);
process.exit(attacked.length === 0 ? 0 : 1);
