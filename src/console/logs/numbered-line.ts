/** A line with a number of its own. */
export interface NumberedLine {
  number: number;
  container: string;
  time?: string | undefined;
  text: string;
}
