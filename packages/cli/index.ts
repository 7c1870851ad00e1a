export { completionScript, SHELLS } from './completion/completion-script.ts';
export type { Command, CommandGroup, Outcome } from './frame/define-command.ts';
export * from './frame/exit-codes.ts';
export type { GlobalOptions } from './frame/global-options.ts';
export * from './frame/parse-arguments.ts';
export type { Platform } from './frame/platform.ts';
export type { Choice, Prompter, Terminal } from './frame/terminal.ts';
export { PROGRAM } from './program.ts';
export { runWard } from './run-ward.ts';
