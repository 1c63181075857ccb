import { signal } from '@preact/signals';

const KEY = 'berth.token';

/** True while the control plane refuses requests for the lack of a right token. */
export const tokenIsNeeded = signal(false);

let token = takeFromAddress() ?? sessionStorage.getItem(KEY) ?? undefined;

/** The token that requests carry. It lives as long as the tab does. */
export function currentToken(): string | undefined {
  return token;
}

export function acceptToken(value: string): void {
  token = value;
  sessionStorage.setItem(KEY, value);
  tokenIsNeeded.value = false;
}

/** Takes `#token=…` out of the address, so that it is in no bookmark and no screenshot. A fragment is never sent. */
function takeFromAddress(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  sessionStorage.setItem(KEY, given);
  return given;
}
