import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { asRequestError, type RequestError } from '../api/problem.ts';
import { ProblemNote } from '../components/problem.tsx';
import { showModal } from './show-modal.ts';

interface ConfirmDialogProps {
  title: string;
  /** The plan: what will happen. */
  children: ComponentChildren;
  /** What the button says that confirms. */
  confirm: string;
  /** What has to be typed before, if anything. */
  typed?: string | undefined;
  /** False until the plan is drawn. */
  isReady?: boolean;
  /** Sends the request. The key makes another try of the same confirmation safe. */
  onConfirm(idempotencyKey: string): Promise<void>;
  onClose(): void;
}

/** Shows what will happen, and does it once it is confirmed. A request that fails leaves it open, with the reason. */
export function ConfirmDialog({
  title,
  children,
  confirm,
  typed,
  isReady = true,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  const key = useMemo(() => crypto.randomUUID(), []);
  const text = useSignal('');
  const isSending = useSignal(false);
  const error = useSignal<RequestError | undefined>(undefined);
  const isAllowed = isReady && !isSending.value && (typed === undefined || text.value.trim() === typed);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isAllowed) return;
    isSending.value = true;
    try {
      await onConfirm(key);
      onClose();
    } catch (failure) {
      error.value = asRequestError(failure);
    }
    isSending.value = false;
  };
  return (
    <dialog class="confirm" ref={showModal} aria-labelledby="confirm-title" onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        {typed !== undefined && (
          <label class="confirm-typed">
            <span>
              Type <code>{typed}</code> to confirm
            </span>
            <input
              autocomplete="off"
              spellcheck={false}
              value={text.value}
              onInput={(event) => {
                text.value = event.currentTarget.value;
              }}
            />
          </label>
        )}
        {error.value && <ProblemNote title={`${title} failed`} error={error.value} />}
        <p class="confirm-buttons">
          <button type="button" class="button" onClick={onClose}>
            Back
          </button>
          <button type="submit" class="button button-do" disabled={!isAllowed}>
            {isSending.value ? 'Sending' : confirm}
          </button>
        </p>
      </form>
    </dialog>
  );
}
