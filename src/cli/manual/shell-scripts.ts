/**
 * The scripts that complete commands of aib. They only pass the words of the line to `aib completion words`, so they need no change if a verb
 * or an option is added. An answer of the single line `:files` means names of files.
 */

/**
 * The script splits the line itself, because readline splits words at colons, too. readline replaces only what follows the last colon or `=`,
 * or what begins with the last `@`, so that is what the script returns. In an open quote it replaces all that follows the quote.
 */
const BASH = `_aib() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() word= quote= begun= each tail answer i
  for ((i = 0; i < \${#line}; i++)); do
    each=\${line:i:1}
    if [[ -n $quote ]]; then
      if [[ $each == "$quote" ]]; then quote=; else word+=$each; fi
    elif [[ $each == [\\'\\"] ]]; then
      quote=$each
    elif [[ $each == [[:space:]] ]]; then
      [[ -n $begun ]] && words+=("$word")
      word= begun=
      continue
    else
      [[ $each == \\\\ ]] && each=\${line:++i:1}
      word+=$each
    fi
    begun=1
  done
  answer=$(command "\${words[0]/#\\~\\//$HOME/}" completion words -- "\${words[@]:1}" "$word" 2>/dev/null) || return
  COMPREPLY=()
  if [[ $answer == :files ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
  fi
  tail=$word
  if [[ -z $quote ]]; then
    [[ $COMP_WORDBREAKS == *=* ]] && tail=\${tail##*=}
    [[ $COMP_WORDBREAKS == *:* ]] && tail=\${tail##*:}
    [[ $COMP_WORDBREAKS == *@* && $tail == *@* ]] && tail=@\${tail##*@}
  fi
  while IFS= read -r each; do
    [[ -n $each ]] && COMPREPLY+=("\${each#"\${word%"$tail"}"}")
  done <<< "$answer"
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *[/:=] ]] && compopt -o nospace
  return 0
}
complete -F _aib aib ./aib
`;

const ZSH = `#compdef aib
_aib() {
  local answer
  answer=$(command "\${words[1]/#\\~\\//$HOME/}" completion words -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null) || return
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
  set -l current (commandline -ct | string replace -r '^[\\'"]' '')
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
