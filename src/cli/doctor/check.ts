/** One line of `berth doctor`. */
export interface Check {
  check: string;
  outcome: 'fine' | 'wrong' | 'note';
  finding: string;
  advice?: string;
}
