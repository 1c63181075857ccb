import type { Signal } from '@preact/signals';
import { showModal } from '../dialogs/show-modal.ts';
import { shortcuts } from '../keyboard/keyboard.ts';

/** Lists the shortcuts of the present page. */
export function KeyboardHelp({ isOpen }: { isOpen: Signal<boolean> }) {
  if (!isOpen.value) return null;
  const close = () => {
    isOpen.value = false;
  };
  // The latest of each key is the one that runs.
  const listed = [...new Map(shortcuts.value.map((shortcut) => [shortcut.key, shortcut])).values()];
  return (
    <dialog class="keyboard-help" ref={showModal} aria-labelledby="keyboard-title" onClose={close}>
      <h2 id="keyboard-title">Keyboard</h2>
      <dl>
        {listed.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Open what has the focus</dd>
        </div>
      </dl>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
