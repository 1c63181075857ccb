import { homedir } from 'node:os';
import { join } from 'node:path';

/** The environment variables that the command line uses. No other file in `src/cli` reads `process.env`. */
export interface Environment {
  /** `BERTH_ENDPOINT` */
  endpoint: string | undefined;
  /** `BERTH_CONTEXT` */
  context: string | undefined;
  /** `BERTH_TOKEN`: a bearer token. It has no flag, because every user of the machine can see flags. */
  token: string | undefined;
  /** Path of the contexts file: `BERTH_CONFIG`, or `berth/config.json` in `XDG_CONFIG_HOME` or `~/.config`. */
  configFile: string;
  /** Path of the data directory of a host on this machine: `BERTH_DATA_DIR`, or `.berth`. */
  dataDir: string;
  /** `NO_COLOR` is set and not empty (no-color.org). */
  noColor: boolean;
  /** `FORCE_COLOR` is set and not `0`. */
  forceColor: boolean;
  /** `COLUMNS`: the output width when colours are forced and standard output is not a terminal. */
  columns: number | undefined;
  /** `TERM=dumb`, or `CI` is set: no animated output. */
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
    dataDir: read('BERTH_DATA_DIR') ?? '.berth',
    noColor: read('NO_COLOR') !== undefined,
    forceColor: force !== undefined && force !== '0',
    columns: Number.isInteger(columns) && columns > 0 ? columns : undefined,
    dumb: read('TERM') === 'dumb' || read('CI') !== undefined,
  };
}

/** Returns the variables for a program that the command line starts: its own ones, and these. */
export function environmentWith(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...variables };
}
