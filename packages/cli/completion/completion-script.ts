import type { ProgramSpec } from '../frame/parse-arguments.ts';
import { bashScript } from './bash-script.ts';
import { type CompletionPlace, completionPlaces } from './completion-tree.ts';
import { fishScript } from './fish-script.ts';
import { zshScript } from './zsh-script.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const SCRIPTS: { readonly [shell in Shell]: (places: readonly CompletionPlace[]) => string } = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The script that teaches a shell the commands of a program. */
export function completionScript(shell: Shell, program: ProgramSpec): string {
  return SCRIPTS[shell](completionPlaces(program));
}
