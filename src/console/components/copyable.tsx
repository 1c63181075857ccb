import { useSignal } from '@preact/signals';

/** A command that a click copies. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
    setTimeout(() => {
      isCopied.value = false;
    }, 1_500);
  };
  return (
    <button type="button" class="copyable" title="Copy" aria-label={`${label}: copy ${text}`} onClick={copy}>
      <code>{text}</code>
      <span class="quiet" aria-live="polite">
        {isCopied.value ? 'copied' : 'copy'}
      </span>
    </button>
  );
}
