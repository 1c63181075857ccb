/** Provider name → `{ type, …settings }`, as in the variable `BERTH_PROVIDERS`. */
export type ProviderSettings = Readonly<Record<string, { type: string; [setting: string]: unknown }>>;

/** Settings that have to be corrected. The message has one line for each: its name, and what it must be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(summary: string, lines: readonly string[]) {
    super(`${summary}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
