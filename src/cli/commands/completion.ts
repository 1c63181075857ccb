import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/** The script that makes each shell call `berth complete`. */
const scripts: Record<string, string> = {
  bash: `_berth() {
  local word="\${COMP_WORDS[COMP_CWORD]}" candidate
  COMPREPLY=()
  while IFS= read -r candidate; do
    case "$candidate" in
      :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$word")) ;;
      "$word"*) COMPREPLY+=("$candidate") ;;
    esac
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _berth berth`,
  zsh: `#compdef berth
_berth() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${candidates[1]}" == ":files" ]]; then _files; else compadd -- "\${candidates[@]}"; fi
}
compdef _berth berth`,
  fish: `function __berth_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l candidates ($words[1] complete -- $words[2..-1] 2>/dev/null)
  if test "$candidates[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $candidates
  end
end
complete -c berth -f -a '(__berth_complete)'`,
};

export async function run({ terminal }: Session, { args: [shell = ''] }: Invocation): Promise<number> {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined)
    throw new UsageError(`no completion for ${shell}; supported shells: ${Object.keys(scripts).join(', ')}`);
  terminal.print(script);
  return exitCodes.done;
}
