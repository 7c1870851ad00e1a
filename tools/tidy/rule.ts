import type { SourceFile } from './source-file.ts';

/** Something that breaks a rule. */
export interface Finding {
  readonly path: string;
  /** What is wrong, in words that do not change when lines move. */
  readonly what: string;
  /** From 1, for the reader. */
  readonly line?: number;
}

/** A rule over the whole repository. */
export type Rule = (files: readonly SourceFile[]) => Finding[];

/** A rule that looks at one file at a time. */
export function perFile(
  applies: (file: SourceFile) => boolean,
  check: (file: SourceFile) => Finding[],
): Rule {
  return (files) => files.filter(applies).flatMap(check);
}

/** Name of a finding in the list of exceptions. */
export function nameOf({ path, what }: Finding): string {
  return `${path}: ${what}`;
}
