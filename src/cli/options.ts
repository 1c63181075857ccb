import type { OptionDefinition } from './command.ts';
import { outputFormats } from './session.ts';
import { UsageError } from './usage-error.ts';

/** Options that several commands share, with the parser of each. */

export const globalOptions: readonly OptionDefinition[] = [
  { flags: '--endpoint <url>', summary: 'URL of the control plane' },
  {
    flags: '--context <name>',
    summary: 'Name of the control plane, as in berth context list',
    completedBy: 'contexts',
  },
  {
    flags: '-o, --output <format>',
    summary: `Output format: ${outputFormats.join(', ')}`,
    completedBy: 'formats',
    default: { value: 'table' },
    parse: oneOf('--output', outputFormats),
  },
  { flags: '--no-color', summary: 'Disable colours; NO_COLOR in the environment does the same' },
  {
    flags: '--debug',
    summary: 'Print retried requests and the stack of an error',
  },
];

export const file: OptionDefinition = {
  flags: '-f, --file <path>',
  summary: 'A file, a folder, or - for standard input; may be repeated',
  completedBy: 'files',
  required: true,
  parse: collect,
};

export const selector: OptionDefinition = {
  flags: '-l, --selector <key=value>',
  summary: 'Only tenants with this label; may be repeated or comma-separated',
  completedBy: 'labels',
  parse: toSelector,
};

export const timeout: OptionDefinition = {
  flags: '--timeout <duration>',
  summary: 'Longest time to wait, such as 90s, 10m or 1h',
  default: { value: 15 * 60_000, shown: '15m' },
  parse: duration('--timeout'),
};

export const noWait: OptionDefinition = {
  flags: '--no-wait',
  summary: 'Return as soon as the change is accepted',
};

/** Waiting is the default; the flag makes it explicit in scripts. */
export const wait: OptionDefinition = {
  flags: '--wait',
  summary: 'Wait until the change has ended (the default)',
};

export const concurrency: OptionDefinition = {
  flags: '--concurrency <number>',
  summary: 'Number of tenants to change at the same time',
  default: { value: 8 },
  parse: wholeNumber('--concurrency', 1, 64),
};

export const yes: OptionDefinition = { flags: '-y, --yes', summary: 'Do not ask for confirmation' };

export const importing: readonly OptionDefinition[] = [
  { flags: '--tenant <id>', summary: 'Tenant id; overrides the file' },
  {
    flags: '--provider <name>',
    summary: 'Provider name; overrides the file',
    completedBy: 'providers',
  },
  {
    flags: '--env-file <path>',
    summary: 'Variables of a Compose file, instead of .env beside it; may be repeated',
    completedBy: 'files',
    parse: collect,
  },
  {
    flags: '--profile <name>',
    summary: 'A profile of a Compose file whose services run too; may be repeated',
    parse: collect,
  },
];

export function collect(text: string, previous: unknown): string[] {
  return [...(Array.isArray(previous) ? (previous as string[]) : []), text];
}

export function oneOf(flag: string, choices: readonly string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new UsageError(`${flag} must be one of ${choices.join(', ')}`);
  };
}

export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(`${flag} must be a whole number from ${min} to ${max}`);
  };
}

/** Reads `key=value` and `key==value`, which mean the same. The other operators of Kubernetes are refused by name. */
function toSelector(text: string, previous: unknown): Record<string, string> {
  const operator = foreignOperator(text.trim());
  if (operator) {
    throw new UsageError(`--selector does not support "${operator}": only key=value, repeated or comma-separated`);
  }
  const pairs = text.split(',').map((pair) => pair.split(/==?(.*)/s).map((part) => part.trim()));
  if (!pairs.every(([key, value]) => key && value !== undefined)) {
    throw new UsageError(`--selector must be key=value, not ${JSON.stringify(text)}`);
  }
  return { ...(previous as Record<string, string> | undefined), ...Object.fromEntries(pairs) };
}

function foreignOperator(text: string): string | undefined {
  if (text.includes('!=')) return '!=';
  if (text.startsWith('!')) return '!';
  const [key = '', word = ''] = text.split(/\s+/);
  return key.includes('=') ? undefined : /^(?:notin|in)(?=\(|$)/.exec(word)?.[0];
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 24 * 3_600_000;

/** Returns a parser of durations, which returns milliseconds. */
export function duration(flag: string): (text: string) => number {
  return (text) => {
    const [, amount, unit = 's'] = /^([0-9]{1,6})(ms|s|m|h)?$/.exec(text) ?? [];
    const milliseconds = Number(amount) * (UNITS[unit] ?? 0);
    if (milliseconds > 0 && milliseconds <= LONGEST) return milliseconds;
    throw new UsageError(`${flag} must be a duration up to 24h, such as 90s, 10m or 1h`);
  };
}
