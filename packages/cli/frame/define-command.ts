import type { Json } from '@ward/protocol';
import type { Parameter, ValuesOf } from './parameters.ts';
import type { Screen } from './screen.ts';
import type { AnySession, SessionOf } from './session.ts';

/** Whose home a command needs. `anyone`: a network file is enough; `nobody`: not even that. */
export type Owner = 'person' | 'organisation' | 'either' | 'anyone' | 'nobody';

/** What came of a command, for programs and for people. */
export interface Outcome {
  readonly json: Json;
  readonly show: (screen: Screen) => void;
  /** `EXIT.unverified` where something was found wrong; else 0. */
  readonly exitCode?: number;
}

type Parameters = { readonly [name: string]: Parameter<unknown> };

export interface CommandSpec<A extends Parameters, O extends Parameters, W extends Owner> {
  /** The verb. */
  readonly name: string;
  /** One sentence without a full stop, as a list of commands shows it. */
  readonly summary: string;
  /** What a person has to know before running it. */
  readonly details?: string;
  readonly owner: W;
  readonly args?: A;
  readonly options?: O;
  /** Whole command lines. */
  readonly examples?: readonly string[];
  run(
    input: { readonly args: ValuesOf<A>; readonly options: ValuesOf<O> },
    session: SessionOf<W>,
  ): Promise<Outcome>;
}

/** A command whose types are forgotten, for lists of commands. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly details: string | undefined;
  readonly owner: Owner;
  readonly args: Parameters;
  readonly options: Parameters;
  readonly examples: readonly string[];
  run(
    input: {
      readonly args: { readonly [name: string]: unknown };
      readonly options: { readonly [name: string]: unknown };
    },
    session: AnySession,
  ): Promise<Outcome>;
}

/** Commands on one thing: `ward consent …`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly (Command | CommandGroup)[];
}

/**
 * Declares a command: what it takes, whose home it needs, what it does.
 *
 * @example
 * export const chartRotate = defineCommand({
 *   name: 'rotate', summary: 'Begin a new epoch', owner: 'person',
 *   args: { chart: text('CHART', 'kind or id of the chart') },
 *   async run({ args }, { ward }) { … },
 * });
 */
export function defineCommand<
  const W extends Owner,
  A extends Parameters = Record<never, never>,
  O extends Parameters = Record<never, never>,
>(spec: CommandSpec<A, O, W>): Command {
  return {
    name: spec.name,
    summary: spec.summary,
    details: spec.details,
    owner: spec.owner,
    args: spec.args ?? {},
    options: spec.options ?? {},
    examples: spec.examples ?? [],
    run: (input, session) =>
      spec.run(
        input as { args: ValuesOf<A>; options: ValuesOf<O> },
        session as unknown as SessionOf<W>,
      ),
  };
}

/** `fromNowOn` as it stands on a command line: `from-now-on`. */
export function wireName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
