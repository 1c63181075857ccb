import { useEffect } from 'preact/hooks';

/** Puts the title of a room into that of the page. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Berth`;
  }, [title]);
}
