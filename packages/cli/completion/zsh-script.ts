import type { CompletionPlace, Offer } from './completion-tree.ts';

/** Completion for zsh, with what each word does beside it. */
export function zshScript(places: readonly CompletionPlace[]): string {
  const words = places.map(({ path, commands, choices }) =>
    branch(path, [...commands, ...choices.map((word) => ({ word, help: '' }))]),
  );
  const options = places.map(({ path, options: own }) => branch(path, own));
  const values = places.flatMap(({ path, values: own }) =>
    own.map(({ flag, choices, isPath }) => {
      const offers = choices.map((word) => ({ word, help: '' }));
      return branch(`${path} ${flag}`, isPath ? [{ word: '@files', help: '' }] : offers);
    }),
  );
  return [
    '#compdef ward',
    '# Completion of ward for zsh, made by: ward completion zsh',
    lookup('_ward_words', words),
    lookup('_ward_options', options),
    lookup('_ward_values', values),
    BODY,
  ].join('\n');
}

function branch(place: string, offers: readonly Offer[]): string {
  const items = offers.map(({ word, help }) => quote(help === '' ? word : `${word}:${help}`));
  return `    '${place}') offers=(${items.join(' ')}) ;;`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function lookup(name: string, branches: readonly string[]): string {
  return `${name}() {\n  case "$1" in\n${branches.join('\n')}\n    *) return 1 ;;\n  esac\n}`;
}

const BODY = `_ward() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT-1]}" place='' word
  local -a offers more
  for word in "\${(@)words[2,CURRENT-1]}"; do
    _ward_words "\${place:+$place }$word" && place="\${place:+$place }$word"
  done
  offers=()
  if _ward_values "$place $before" || _ward_values " $before"; then
    if [[ "\${offers[1]}" == @files ]]; then _files; return; fi
  elif [[ "$current" == -* ]]; then
    _ward_options ''
    more=("\${offers[@]}")
    _ward_options "$place"
    offers+=("\${more[@]}")
  else
    _ward_words "$place"
    if (( \${#offers} == 0 )); then _files; return; fi
  fi
  _describe -t commands ward offers
}
if [ "$funcstack[1]" = _ward ]; then _ward "$@"; else compdef _ward ward; fi`;
