export type { SandboxOptions } from './run-sandbox.ts';
export { runSandbox } from './run-sandbox.ts';
export type { Stage } from './walk/narrator.ts';
export type { StepResult } from './walk/step.ts';
