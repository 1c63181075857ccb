import type { OptionDefinition } from './command.ts';
import { outputFormats } from './session.ts';
import { UsageError } from './usage-error.ts';

/** Options that more than one command has, and how the text of each is read. */

export const globalOptions: readonly OptionDefinition[] = [
  { flags: '--endpoint <url>', summary: 'The control plane to speak to' },
  {
    flags: '--context <name>',
    summary: 'The control plane to speak to, by its name in berth context list',
    completedBy: 'contexts',
  },
  {
    flags: '-o, --output <format>',
    summary: `How to print the result: ${outputFormats.join(', ')}`,
    completedBy: 'formats',
    default: { value: 'table' },
    parse: oneOf('--output', outputFormats),
  },
  { flags: '--no-color', summary: 'Print without colours; so does NO_COLOR in the environment' },
  {
    flags: '--debug',
    summary: 'Print requests that are repeated, and the stack of an error',
  },
];

export const file: OptionDefinition = {
  flags: '-f, --file <path>',
  summary: 'A file, a folder, or - for standard input; may be given several times',
  completedBy: 'files',
  required: true,
  parse: collect,
};

export const selector: OptionDefinition = {
  flags: '-l, --selector <key=value>',
  summary: 'Only tenants with this label; several may be given, or separated by commas',
  parse: toSelector,
};

export const timeout: OptionDefinition = {
  flags: '--timeout <duration>',
  summary: 'How long to wait at most, as 90s, 10m or 1h',
  default: { value: 15 * 60_000, shown: '15m' },
  parse: (text) => toMilliseconds(text),
};

export const noWait: OptionDefinition = {
  flags: '--no-wait',
  summary: 'Do not wait until what was asked for is done',
};

/** Waiting is what happens anyway; whoever writes it down means it. */
export const wait: OptionDefinition = {
  flags: '--wait',
  summary: 'Wait until what was asked for is done (the default)',
};

export const concurrency: OptionDefinition = {
  flags: '--concurrency <number>',
  summary: 'How many tenants to work on at the same time',
  default: { value: 8 },
  parse: wholeNumber('--concurrency', 1, 64),
};

export const yes: OptionDefinition = { flags: '-y, --yes', summary: 'Do not ask' };

export const importing: readonly OptionDefinition[] = [
  { flags: '--tenant <id>', summary: 'The tenant, where the file names none or another one' },
  {
    flags: '--provider <name>',
    summary: 'The provider, where the file names none or another one',
    completedBy: 'providers',
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

function toSelector(text: string, previous: unknown): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.trim().split(/=(.*)/s));
  if (!pairs.every(([key, value]) => key && value !== undefined)) {
    throw new UsageError('--selector must be key=value');
  }
  return { ...(previous as Record<string, string> | undefined), ...Object.fromEntries(pairs) };
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 24 * 3_600_000;

function toMilliseconds(text: string): number {
  const [, amount, unit = 's'] = /^([0-9]{1,6})(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(amount) * (UNITS[unit] ?? 0);
  if (milliseconds > 0 && milliseconds <= LONGEST) return milliseconds;
  throw new UsageError('--timeout must be a duration up to 24h, such as 90s, 10m or 1h');
}
