interface ChoiceProps<T extends string> {
  label: string;
  /** The option that narrows nothing, such as "Every phase". */
  every: string;
  values: readonly T[];
  value: T | undefined;
  /** What an option shows. Default: its value. */
  textOf?(value: T): string;
  onChoose(value: T | undefined): void;
}

/** Narrows a list to one of several values, or to none of them. */
export function Choice<T extends string>({ label, every, values, value, textOf, onChoose }: ChoiceProps<T>) {
  const choose = (chosen: string) => onChoose(values.find((each) => each === chosen));
  return (
    <select aria-label={label} value={value ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
      <option value="">{every}</option>
      {values.map((each) => (
        <option key={each} value={each}>
          {textOf?.(each) ?? each}
        </option>
      ))}
    </select>
  );
}
