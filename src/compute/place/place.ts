import { PlaceChangedError } from '../errors.ts';
import { hashJson } from '../spec/json.ts';

/**
 * Where a provider keeps its tenants' resources: a cluster and a prefix, an engine, a folder. A provider looks nowhere else,
 * so resources at another place are invisible to it. Places are plain data, and part of tenants' records.
 */
export interface Place {
  /** What identifies the place, by the setting that decides it. No value is a secret. */
  identity: Readonly<Record<string, string>>;
  /** The value of a setting as the operator wrote it, where the identity has another one. It is not compared. */
  shown?: Readonly<Record<string, string>> | undefined;
}

/** A setting that leads to another place than before. */
export interface MovedSetting {
  setting: string;
  before: string;
  after: string;
}

/**
 * Returns the settings by which two places differ; none for the same place. A setting that one of them does not have is
 * ignored: another version of Berth recorded it, or a specification decides it.
 */
export function movedSettings(from: Place, to: Place): MovedSetting[] {
  return Object.keys(from.identity)
    .filter((setting) => to.identity[setting] !== undefined && to.identity[setting] !== from.identity[setting])
    .map((setting) => ({ setting, before: shownValue(from, setting), after: shownValue(to, setting) }));
}

function shownValue({ identity, shown }: Place, setting: string): string {
  const [id, value] = [identity[setting] ?? '', shown?.[setting]];
  return value === undefined || value === id ? id : `${value} (${id})`;
}

/** Returns a digest of a place's identity. Equal digests mean the same place; different ones may do so too. */
export function placeDigest({ identity }: Place): string {
  return hashJson(identity).slice(0, 16);
}

/**
 * Returns the error for tenants that the present settings of a provider would hide. `subject`: what is at the old place,
 * such as `tenant acme is`.
 */
export function placeChanged(provider: string, subject: string, moved: readonly MovedSetting[]): PlaceChangedError {
  const changes = moved.map(({ setting, before, after }) => `${setting} was ${before} and is now ${after}`).join('; ');
  const settings = moved.map(({ setting }) => setting).join(', ');
  return new PlaceChangedError(`${subject} at another place than the settings of provider ${provider}: ${changes}`, {
    hint:
      `Restore ${settings} of provider ${provider}. To move, keep it as it is, register the new place as a provider of ` +
      'another name, provision the tenants there, and destroy them here.',
  });
}
