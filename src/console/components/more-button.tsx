import type { Signal } from '@preact/signals';

interface MoreButtonProps {
  /** How many pages are shown. */
  pages: Signal<number>;
  /** Items of a page. */
  size: number;
}

/** Shows one page more of a list. */
export function MoreButton({ pages, size }: MoreButtonProps) {
  const more = () => {
    pages.value += 1;
  };
  return (
    <button type="button" class="button" onClick={more}>
      Show {size} more
    </button>
  );
}
