import { completionScript, SHELLS } from '../completion/completion-script.ts';
import { defineCommand } from '../frame/define-command.ts';
import { oneOf } from '../frame/parameters.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a script that completes ward in a shell',
  details:
    'bash: ward completion bash > ~/.local/share/bash-completion/completions/ward\n' +
    'zsh:  ward completion zsh > _ward, in a folder of $fpath\n' +
    'fish: ward completion fish > ~/.config/fish/completions/ward.fish',
  owner: 'nobody',
  args: { shell: oneOf(SHELLS, 'SHELL', 'for which shell') },
  async run({ args: { shell } }, { program }) {
    const script = completionScript(shell, program);
    return { json: { shell, script }, show: (screen) => screen.line(script) };
  },
});
