import { toSafeLine } from '../terminal/safe-text.ts';
import { cyan, dim, green, yellow } from '../terminal/style.ts';
import type { Line } from './read-lines.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the tenant's own colours are removed instead of escaped.
const COLOURS = /\u001b\[[0-9;]*m/g;
const colours = [cyan, green, yellow];

export interface LineForm {
  /** Begins lines with their times. */
  timestamps: boolean;
  /** Begins lines with the names of their tenants. */
  withTenant: boolean;
  /** Begins lines with the names of their containers. */
  withContainer: boolean;
}

/** Returns a function that formats lines. What a line begins with has one colour for each tenant, or each container. */
export function describeLines({ timestamps, withTenant, withContainer }: LineForm) {
  const names: string[] = [];
  const colourOf = (name: string) => {
    if (!names.includes(name)) names.push(name);
    return colours[names.indexOf(name) % colours.length] ?? cyan;
  };
  return (tenant: string, { container, time, text }: Line): string => {
    const shown = text.replace(COLOURS, '').split('\t').map(toSafeLine).join('\t');
    const origin = [...(withTenant ? [tenant] : []), ...(withContainer ? [container] : [])];
    return [
      ...(timestamps ? [dim(toSafeLine(time ?? '-'))] : []),
      ...(origin.length > 0 ? [colourOf(origin[0] ?? '')(`${toSafeLine(origin.join(' '))} |`)] : []),
      shown,
    ].join(' ');
  };
}
