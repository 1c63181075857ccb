/** A command of a page and its output. */
export interface Step {
  command: string;
  output: string;
}

const BLOCK = /^```console\n([\s\S]*?)^```$/gm;

/** Returns the commands in the ```console blocks of a page. Each begins with `$ `. */
export function readSteps(page: string): Step[] {
  return [...page.matchAll(BLOCK)].flatMap(([, block = '']) => stepsOf(block));
}

function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = '', ...output] = text.split('\n');
      return { command, output: output.join('\n').trimEnd() };
    });
}

/** Returns the page with the given outputs of its commands, in order. */
export function writeOutputs(page: string, outputs: readonly string[]): string {
  let next = 0;
  return page.replace(BLOCK, (_, block: string) => {
    const steps = stepsOf(block).map(({ command }) => `$ ${command}\n${outputs[next++] ?? ''}`.trimEnd());
    return `\`\`\`console\n${steps.join('\n')}\n\`\`\``;
  });
}
