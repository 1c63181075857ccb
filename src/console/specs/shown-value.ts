/** The most characters of a value that are shown. */
const MOST = 400;

/** Returns a value of a specification as text: strings as they are, anything else as JSON, and long ones shortened. */
export function shownValue(value: unknown): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const left = text.length - MOST;
  return left <= 0 ? text : `${text.slice(0, MOST)}… ${left.toLocaleString('en')} more characters`;
}
