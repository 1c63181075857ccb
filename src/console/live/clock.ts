import { signal } from '@preact/signals';
import { isVisible } from './visibility.ts';

/** The time, in milliseconds, second by second while the page is visible. */
export const now = signal(Date.now());

setInterval(() => {
  if (isVisible.value) now.value = Date.now();
}, 1_000);
isVisible.subscribe(() => {
  now.value = Date.now();
});
