import type { Invocation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The script that makes each shell call `berth complete`, whose lines are a word, a tab and what the word stands for.
 *
 * bash splits words at "=" and ":", so its script splits the line itself, and leaves out what bash keeps before the last of
 * them. Descriptions are in its lists only, which the second Tab shows: anything else would be inserted.
 */
const scripts: Record<string, string> = {
  bash: `_berth() {
  local line="\${COMP_LINE:0:COMP_POINT}" word kept candidate about tab=$'\\t'
  local -a words
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="\${words[\${#words[@]}-1]}"
  kept="\${word%"\${word##*[=:]}"}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    about=""
    [[ "$candidate" == *"$tab"* && "$COMP_TYPE" == 63 ]] && about="  (\${candidate#*"$tab"})"
    candidate="\${candidate%%"$tab"*}"
    case "$candidate" in
      :files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$word")) ;;
      "$word"*)
        [[ "$candidate" == *= ]] && compopt -o nospace
        COMPREPLY+=("\${candidate#"$kept"}$about")
        ;;
    esac
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
  if (( \${#COMPREPLY[@]} == 1 )); then COMPREPLY[0]="\${COMPREPLY[0]%%  (*}"; fi
}
complete -F _berth berth`,
  zsh: `#compdef berth
_berth() {
  local line word
  local -a lines whole begun
  lines=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ":files" ]]; then
    _files
    return
  fi
  for line in "\${(@)lines}"; do
    [[ -n "$line" ]] || continue
    word="\${line%%$'\\t'*}"
    [[ "$line" == *$'\\t'* ]] && line="\${word//:/\\\\:}:\${line#*$'\\t'}" || line="\${word//:/\\\\:}"
    if [[ "$word" == *= ]]; then begun+=("$line"); else whole+=("$line"); fi
  done
  (( \${#whole} )) && _describe berth whole
  (( \${#begun} )) && _describe berth begun -S ''
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
