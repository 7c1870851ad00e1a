import type { CompletionPlace } from './completion-tree.ts';

/** What stands for a value that only the person knows, and for the name of a file. */
const TEXT = '@text';
const FILES = '@files';

/** Completion for bash: words by place, and file names where nothing else fits. */
export function bashScript(places: readonly CompletionPlace[]): string {
  const words = places.map(({ path, commands, choices }) =>
    branch(path, [...commands.map(({ word }) => word), ...choices]),
  );
  const options = places.map(({ path, options: own }) =>
    branch(
      path,
      own.map(({ word }) => word),
    ),
  );
  const values = places.flatMap(({ path, values: own }) =>
    own.map(({ flag, choices, isPath }) =>
      branch(`${path} ${flag}`, choices.length > 0 ? choices : [isPath ? FILES : TEXT]),
    ),
  );
  return [
    '# Completion of ward for bash, made by: ward completion bash',
    lookup('_ward_words', words),
    lookup('_ward_options', options),
    lookup('_ward_values', values),
    BODY,
  ].join('\n');
}

function branch(place: string, words: readonly string[]): string {
  return `    '${place}') echo '${words.join(' ')}' ;;`;
}

function lookup(name: string, branches: readonly string[]): string {
  return `${name}() {\n  case "$1" in\n${branches.join('\n')}\n    *) return 1 ;;\n  esac\n}`;
}

const BODY = `_ward() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local place='' word values
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    _ward_words "\${place:+$place }$word" >/dev/null && place="\${place:+$place }$word"
  done
  COMPREPLY=()
  if values="$(_ward_values "$place $before" || _ward_values " $before")"; then
    case "$values" in
      ${TEXT}) return ;;
      ${FILES}) mapfile -t COMPREPLY < <(compgen -f -- "$current") ; return ;;
    esac
  elif [[ "$current" == -* ]]; then
    values="$(_ward_options "$place") $(_ward_options '')"
  else
    values="$(_ward_words "$place")"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
}
complete -o default -F _ward ward`;
