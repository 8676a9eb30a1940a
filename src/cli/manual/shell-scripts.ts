/**
 * The scripts that complete commands of aib. They only pass the words of the line to `aib completion words`, so they need no change if a verb
 * or an option is added. An answer of the single line `:files` means names of files.
 */

/** readline splits words at colons, too, so the script splits the line itself, and returns only what follows the last colon. */
const BASH = `_aib() {
  local line=\${COMP_LINE:0:COMP_POINT} words current break answer
  read -r -a words <<< "$line"
  current=\${words[-1]}
  [[ $line == *[[:space:]] ]] && current= && words+=('')
  answer=$(command "\${words[0]}" completion words -- "\${words[@]:1}" 2>/dev/null) || return
  COMPREPLY=()
  if [[ $answer == :files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  break=
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && break=\${current%"\${current##*:}"}
  [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && break=\${current%"\${current##*=}"}
  local each
  while IFS= read -r each; do
    [[ -n $each ]] && COMPREPLY+=("\${each#"$break"}")
  done <<< "$answer"
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[/:=] ]] && compopt -o nospace
  return 0
}
complete -F _aib aib ./aib
`;

const ZSH = `#compdef aib
_aib() {
  local answer
  answer=$(command "\${words[1]}" completion words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null) || return
  if [[ $answer == :files ]]; then
    _files
    return
  fi
  local -a open whole
  open=(\${(M)\${(f)answer}:#*[/:=]})
  whole=(\${\${(f)answer}:#*[/:=]})
  compadd -S '' -- $open
  compadd -- $whole
}
if [[ $funcstack[1] == _aib ]]; then _aib "$@"; else compdef _aib aib; fi
`;

const FISH = `function __aib_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l answer (command $words[1] completion words -- $words[2..-1] "$current" 2>/dev/null)
  if test "$answer" = :files
    __fish_complete_path "$current"
  else
    printf '%s\\n' $answer
  end
end
complete -c aib -f -a '(__aib_complete)'
`;

export const SHELL_SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
