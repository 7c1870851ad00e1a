import type { OrganisationWard, PersonWard, Ward } from '@ward/sdk';
import type { Ask } from './ask.ts';
import type { Owner } from './define-command.ts';
import type { Names } from './names.ts';
import type { ProgramSpec } from './parse-arguments.ts';
import type { Platform } from './platform.ts';
import type { Progress } from './progress.ts';

/** What every command has while it runs. */
export interface Session {
  readonly platform: Platform;
  /** The commands that there are. */
  readonly program: ProgramSpec;
  readonly ask: Ask;
  /** Folder that `--home` or `WARD_HOME` names, else `~/.ward`. */
  readonly home: string;
  /** File that `--network` or `WARD_NETWORK` names. */
  readonly networkPath: string | undefined;
  /** Whether the folder was named on this command line. */
  readonly isHomeNamed: boolean;
  /** Standard output is read by a program: one JSON document, and nothing else. */
  readonly wantsJson: boolean;
  progress(label: string): Progress;
  /** Something that the person should know and no program needs. */
  remark(text: string): void;
}

/** A command that reads the network: with any home, or a network file alone. */
export interface ReaderSession extends Session {
  readonly ward: Ward;
  readonly names: Names;
}

export interface PersonSession extends Session {
  readonly kind: 'person';
  readonly ward: PersonWard;
  readonly names: Names;
}

export interface OrganisationSession extends Session {
  readonly kind: 'organisation';
  readonly ward: OrganisationWard;
  readonly names: Names;
}

export type OwnerSession = PersonSession | OrganisationSession;
export type AnySession = Session | ReaderSession | OwnerSession;

interface Sessions {
  readonly person: PersonSession;
  readonly organisation: OrganisationSession;
  readonly either: OwnerSession;
  readonly anyone: ReaderSession;
  readonly nobody: Session;
}

/** What a command for this owner gets. */
export type SessionOf<W extends Owner> = Sessions[W];
