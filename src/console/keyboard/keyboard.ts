import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** What a key does on the present page. */
export interface Shortcut {
  /** As `KeyboardEvent.key` names it. */
  key: string;
  /** Shown by the help, as a verb: "Search". */
  does: string;
  run(): void;
}

/** The shortcuts of all mounted components, the latest last. */
export const shortcuts = signal<readonly Shortcut[]>([]);

/** Adds shortcuts while a component is mounted. */
export function useShortcuts(added: readonly Shortcut[]): void {
  const latest = useRef(added);
  latest.current = added;
  useEffect(() => {
    const stable = added.map(({ key, does }, index) => ({ key, does, run: () => latest.current[index]?.run() }));
    shortcuts.value = [...shortcuts.value, ...stable];
    return () => {
      shortcuts.value = shortcuts.value.filter((shortcut) => !stable.includes(shortcut));
    };
  }, []);
}

/** Runs the shortcut of a key, unless the key is meant for a field, a dialog or the browser. */
export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isMeantForElement(event)) return;
    const shortcut = shortcuts.value.findLast(({ key }) => key === event.key);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}

function isMeantForElement({ key, target }: KeyboardEvent): boolean {
  // The focus may be outside of an open dialog, such as after its button was disabled.
  if (document.querySelector('dialog[open]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  const isField = target.matches('input, textarea, select') || target.isContentEditable;
  return isField && key !== 'Escape';
}
