import type { RevisionDiff } from '../api/types.ts';
import { visibleText } from '../logs/visible-text.ts';
import { shownValue } from './shown-value.ts';

interface ChangesProps {
  changes: RevisionDiff['changes'];
  /** What the two columns show. */
  from: string;
  to: string;
}

/** Shows two specifications beside each other, only where they differ. */
export function Changes({ changes, from, to }: ChangesProps) {
  if (changes.length === 0) return <p class="quiet">The specifications do not differ.</p>;
  return (
    <table class="rows changes">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">{from}</th>
          <th scope="col">{to}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ pointer, before, after }) => (
          <tr key={pointer}>
            <th scope="row">
              <code>{visibleText(pointer)}</code>
            </th>
            <td data-column={from}>
              <code>{visibleText(shownValue(before))}</code>
            </td>
            <td data-column={to}>
              <code>{visibleText(shownValue(after))}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
