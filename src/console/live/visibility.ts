import { signal } from '@preact/signals';

/** False while the tab is in the background. A browser allows six connections to a host, and each stream takes one. */
export const isVisible = signal(!document.hidden);

document.addEventListener('visibilitychange', () => {
  isVisible.value = !document.hidden;
});
