import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the command line takes from the environment. No other file of it reads `process.env`. */
export interface Environment {
  /** `BERTH_ENDPOINT` */
  endpoint: string | undefined;
  /** `BERTH_CONTEXT` */
  context: string | undefined;
  /** `BERTH_TOKEN`: a bearer token. It has no flag, because flags are seen by everyone on the machine. */
  token: string | undefined;
  /** Where the contexts are kept: `BERTH_CONFIG`, or `berth/config.json` in `XDG_CONFIG_HOME` or `~/.config`. */
  configFile: string;
  /** `NO_COLOR` is there and not empty (no-color.org). */
  noColor: boolean;
  /** `FORCE_COLOR` is there and not `0`. */
  forceColor: boolean;
  /** `COLUMNS`: how wide to print where colours are forced and no terminal says it. */
  columns: number | undefined;
  /** `TERM=dumb`, or one of the variables by which build machines say that nobody watches. */
  dumb: boolean;
}

export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const read = (name: string) => variables[name] || undefined;
  const configHome = read('XDG_CONFIG_HOME') ?? join(read('HOME') ?? homedir(), '.config');
  const force = read('FORCE_COLOR');
  const columns = Number(read('COLUMNS'));
  return {
    endpoint: read('BERTH_ENDPOINT'),
    context: read('BERTH_CONTEXT'),
    token: read('BERTH_TOKEN'),
    configFile: read('BERTH_CONFIG') ?? join(configHome, 'berth', 'config.json'),
    noColor: read('NO_COLOR') !== undefined,
    forceColor: force !== undefined && force !== '0',
    columns: Number.isInteger(columns) && columns > 0 ? columns : undefined,
    dumb: read('TERM') === 'dumb' || read('CI') !== undefined,
  };
}
