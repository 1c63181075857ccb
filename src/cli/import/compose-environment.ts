import { type Fields, isFields, type Ledger, type Path, type VariableSource } from './imported.ts';
import { checkShape, toFlag } from './shapes.ts';

/** Converts `env_file` and `environment` of a service. Values of `environment` win. */
export function toEnvironment(
  service: Fields,
  at: Path,
  source: VariableSource,
  ledger: Ledger,
): Record<string, string> {
  const env: Record<string, string> = {};
  const add = (name: string, value: unknown, place: Path) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      ledger.lose(place, `${name} is not a valid variable name: use letters, digits and underscores`);
    } else env[name] = String(value);
  };
  for (const { values, place } of readEnvFiles(service.env_file, [...at, 'env_file'], source, ledger)) {
    for (const [name, value] of values) add(name, value, place);
  }
  for (const { name, value, place } of entriesOf(service.environment, [...at, 'environment'], ledger)) {
    const found = value === undefined || value === null ? source.variables.get(name) : value;
    if (found !== undefined) add(name, found, place);
    else ledger.lose(place, `${name} has no value; values of your shell are not read`);
  }
  return env;
}

interface Entry {
  name: string;
  value: unknown;
  place: Path;
}

/** Reads a map, or a list of `NAME=value`. */
function entriesOf(environment: unknown, at: Path, ledger: Ledger): Entry[] {
  if (Array.isArray(environment)) {
    return environment.flatMap((entry: unknown, index) => {
      const place = [...at, index];
      if (typeof entry !== 'string') {
        ledger.refuse(place, 'an entry of a list of variables must be a text such as NAME=value, not NAME: value');
        return [];
      }
      const [, name = entry, value] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
      return [{ name, value, place }];
    });
  }
  if (!isFields(environment)) return [];
  return Object.entries(environment).flatMap(([name, value]) => {
    const place = [...at, name];
    if (value === null || checkShape(value, 'text', place, ledger)) return [{ name, value, place }];
    return [];
  });
}

function readEnvFiles(value: unknown, at: Path, source: VariableSource, ledger: Ledger) {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value);
  return (isList ? value : [value]).flatMap((entry: unknown, index: number) => {
    const place = isList ? [...at, index] : at;
    const { path, required = true, format } = isFields(entry) ? entry : { path: entry };
    if (typeof path !== 'string') {
      ledger.refuse(place, 'env_file must be a path, a list of paths, or a map with a path');
      return [];
    }
    if (format !== undefined) {
      ledger.refuse([...place, 'format'], 'only the format of .env files is read; remove format');
      return [];
    }
    const values = source.readEnvFile(path);
    if (typeof values === 'string') ledger.refuse(place, values);
    else if (values !== undefined) return [{ values, place }];
    else if (toFlag(required) === false) ledger.lose(place, `${path} does not exist, which the file permits`);
    else ledger.refuse(place, `${path} does not exist beside the Compose file`);
    return [];
  });
}
