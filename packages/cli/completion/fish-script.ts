import type { CompletionPlace } from './completion-tree.ts';

/** Completion for fish. */
export function fishScript(places: readonly CompletionPlace[]): string {
  const paths = places.map(({ path }) => `'${path}'`).join(' ');
  return [
    '# Completion of ward for fish, made by: ward completion fish',
    `set -g __ward_places ${paths}`,
    BODY,
    ...places.flatMap(linesOf),
  ].join('\n');
}

function linesOf({ path, commands, options, values, choices }: CompletionPlace): string[] {
  // Options that stand before every command are offered everywhere.
  const at = path === '' ? '' : ` -n ${quote(`__ward_is_at '${path}'`)}`;
  const here = ` -n ${quote(`__ward_is_at '${path}'`)}`;
  return [
    ...commands.map(({ word, help }) => `complete -c ward${here} -f -a ${word} -d ${quote(help)}`),
    ...(choices.length === 0 ? [] : [`complete -c ward${here} -f -a ${quote(choices.join(' '))}`]),
    ...options.map(({ word, help }) => {
      const value = values.find(({ flag }) => flag === word);
      const taken = value === undefined ? '' : valueText(value);
      return `complete -c ward${at} -l ${word.slice(2)}${taken} -d ${quote(help)}`;
    }),
  ];
}

function valueText({ choices, isPath }: CompletionPlace['values'][number]): string {
  if (isPath) return ' -r -F';
  return choices.length === 0 ? ' -x' : ` -x -a ${quote(choices.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const BODY = `function __ward_place
  set -l place ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$place $word")
    contains -- "$next" $__ward_places; and set place "$next"
  end
  echo $place
end
function __ward_is_at
  test (__ward_place) = "$argv[1]"
end`;
