/** A setting that somebody has to correct. The message names it and says what it has to be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(what: string, lines: readonly string[]) {
    super(`${what}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
