import { type Example, keyOf, readAnswers } from './examples.ts';

const recorded = readAnswers();

/** The answers of that status among the examples. */
export function examplesOf(status: number, those: readonly Example[]) {
  const answered = those.flatMap((example) => {
    const answer = recorded[keyOf(example)];
    return answer?.status === status ? [[example.name, { summary: example.summary, value: answer.body }] as const] : [];
  });
  return answered.length > 0 && { examples: Object.fromEntries(answered) };
}
