import { useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Rows that are drawn above and below what is visible. */
const OVERSCAN = 8;

interface VirtualListProps {
  count: number;
  /** Names the list for screen readers. */
  label: string;
  /** Stays above the rows. */
  header: ComponentChildren;
  /** Each row has the height of the property `--row` in the styles. */
  row(index: number): ComponentChildren;
  list: RefObject<HTMLDivElement | null>;
}

/** Draws only the rows of a long list that are visible. All rows have one height, which the styles choose. */
export function VirtualList({ count, label, header, row, list }: VirtualListProps) {
  const view = useSignal({ top: 0, height: 0, row: 32 });
  const probe = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      view.value = { top: element.scrollTop, height: element.clientHeight, row: probe.current?.offsetHeight || 32 };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);
  const { top, height, row: rowHeight } = view.value;
  const first = Math.max(0, Math.min(count, Math.floor(top / rowHeight)) - OVERSCAN);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  const indexes = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  return (
    <div class="virtual-list" ref={list} role="table" aria-label={label} aria-rowcount={count + 1}>
      <div class="virtual-header" role="rowgroup">
        {header}
      </div>
      <div class="virtual-rows" role="rowgroup" style={{ height: `${count * rowHeight}px` }}>
        <div class="virtual-probe" ref={probe} aria-hidden="true" />
        <div style={{ transform: `translateY(${first * rowHeight}px)` }}>{indexes.map(row)}</div>
      </div>
    </div>
  );
}

/** Scrolls as little as needed to make a row visible, and then moves the focus into it. */
export function focusRow(list: HTMLElement | null, index: number): void {
  if (!list) return;
  const row = list.querySelector<HTMLElement>('.virtual-probe')?.offsetHeight || 32;
  const header = list.querySelector<HTMLElement>('.virtual-header')?.offsetHeight ?? 0;
  const visible = list.clientHeight - header;
  if (index * row < list.scrollTop) list.scrollTop = index * row;
  else if ((index + 1) * row > list.scrollTop + visible) list.scrollTop = (index + 1) * row - visible;
  const focus = () => {
    const target = list.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"] a`);
    target?.focus({ preventScroll: true });
    return target !== null;
  };
  // A row that is far away is drawn after the list has noticed the scrolling.
  if (!focus()) requestAnimationFrame(focus);
}
