/**
 * False where the server that sent the page serves it for reading only. Then no room draws a button that would be
 * refused.
 */
export const canChange = document.querySelector<HTMLMetaElement>('meta[name="berth-access"]')?.content !== 'read';
