/** Opens a dialog when it is drawn. Pass it as `ref`. */
export function showModal(dialog: HTMLDialogElement | null): void {
  if (dialog && !dialog.open) dialog.showModal();
}
