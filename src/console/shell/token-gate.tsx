import { useSignal } from '@preact/signals';
import { acceptToken, tokenIsNeeded } from '../api/token.ts';
import { showModal } from '../dialogs/show-modal.ts';

/** Asks for the token of a control plane that requires one. */
export function TokenGate() {
  const value = useSignal('');
  if (!tokenIsNeeded.value) return null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (value.value.trim() !== '') acceptToken(value.value.trim());
    value.value = '';
  };
  return (
    <dialog
      class="token-gate"
      ref={showModal}
      aria-labelledby="token-title"
      onCancel={(event) => event.preventDefault()}
    >
      <form onSubmit={submit}>
        <h2 id="token-title">This control plane requires a token</h2>
        <p>
          It is the value of <code>BERTH_TOKEN</code>, or in the file <code>token</code> of the data directory, such as{' '}
          <code>.berth/token</code>. The console keeps it until this tab is closed.
        </p>
        <input
          type="password"
          aria-label="Token"
          autocomplete="off"
          value={value.value}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="button">
          Continue
        </button>
      </form>
    </dialog>
  );
}
