import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Crossing, NetworkFile } from '@ward/ledger/schema';
import { hasCode, type LedgerEvidence, type WardError, type Word, word } from '@ward/protocol';
import { createWard, type Ward } from '@ward/sdk';
import {
  evidenceOptions,
  type HomeOptions,
  homeKind,
  openOrganisation,
  openPerson,
  openReader,
} from '@ward/sdk/node';
import { refuse } from '../errors.ts';
import { alarmNow, alarmOfHome } from './alarm.ts';
import { Ask } from './ask.ts';
import type { Outcome, Owner } from './define-command.ts';
import { fileError, loadJsonFile, wrongFile } from './files.ts';
import type { GlobalOptions } from './global-options.ts';
import { Names } from './names.ts';
import type { ProgramSpec } from './parse-arguments.ts';
import type { Platform } from './platform.ts';
import { printable } from './printable.ts';
import { Progress } from './progress.ts';
import type { AnySession, OwnerSession, ReaderSession, Session } from './session.ts';

const HOME_FOLDER = '.ward';

type Run = (session: AnySession) => Promise<Outcome>;

/** What a session is made of. */
interface Around {
  readonly options: GlobalOptions;
  readonly platform: Platform;
  readonly program: ProgramSpec;
}

/** Runs a command with what it needs open, and closes it afterwards, whatever happens. */
export async function withSession(
  { owner, ...around }: Around & { readonly owner: Owner },
  run: Run,
): Promise<Outcome> {
  const session = baseSession(around);
  alarmOfHome(session.home, around.platform);
  if (owner === 'nobody') return run(session);
  if (owner === 'anyone') return run(await readerSession(session));
  const kind = homeKind(session.home);
  if (kind === undefined) throw refuse('OWNER_HOME_MISSING', { wanted: OWNER_WORDS[owner] });
  if (owner !== 'either' && kind !== owner) {
    throw refuse('OWNER_HOME_KIND', { wanted: OWNER_WORDS[owner], found: OWNER_WORDS[kind] });
  }
  const { session: opened, close } = await ownerSession(session, kind);
  try {
    return await run(opened);
  } finally {
    close();
  }
}

const OWNER_WORDS: { readonly [owner in 'person' | 'organisation' | 'either']: Word } = {
  person: word('person'),
  organisation: word('organisation'),
  either: word('person or organisation'),
};

/** What a command has before any home is open. */
function baseSession({ options, platform, program }: Around): Session {
  const { environment, userFolder, clock, prompter, terminal } = platform;
  const { output, quiet } = options;
  const isInteractive = terminal.isInteractive && output !== 'json';
  return {
    platform,
    program,
    ask: new Ask({ isInteractive, prompter, environment }),
    home: options.home ?? environment.WARD_HOME ?? join(userFolder, HOME_FOLDER),
    isHomeNamed: options.home !== undefined,
    wantsJson: output === 'json',
    networkPath: options.network ?? environment.WARD_NETWORK,
    progress: (label) =>
      new Progress({
        label,
        columns: quiet ? undefined : terminal.errorColumns,
        write: (text) => terminal.writeError(text),
        nowMs: () => clock.nowMs(),
      }),
    remark: (text) => {
      if (!quiet) terminal.writeError(`${text}\n`);
    },
  };
}

/** How clients are made on this platform. */
function clientOptions(session: Session) {
  const { transport, crypto, clock, random, carrierDelayMsMax } = session.platform;
  return {
    onLie: (server: string, error: WardError) => warnOfLie(session, server, error),
    onCrossed: (crossing: Crossing) => tellCrossing(session, crossing),
    ...{ transport, crypto, clock, random },
    ...(carrierDelayMsMax === undefined ? {} : { carrierDelayMsMax }),
  };
}

/** How homes are opened on this platform. */
export function homeOptions(session: Session): HomeOptions {
  const onAlarm = (shown: LedgerEvidence['shown']) => alarmNow(session.platform, shown);
  return { path: session.home, ...clientOptions(session), onAlarm };
}

/** A server was caught; another one may have answered well, so the command goes on. */
function warnOfLie(session: Session, server: string, error: WardError): void {
  session.remark(
    `Warning: ${printable(server)} gave an answer that does not verify (${error.code})`,
  );
}

/** Said once: from now on the home is one of the chain that goes on. */
function tellCrossing(session: Session, { from, height, networkFile }: Crossing): void {
  const to = printable(networkFile.genesis.chain);
  session.remark(
    `The ledger was promoted: ${printable(from)} ended at block ${height}, and ${to} goes on. ` +
      'What ended was proved to say so.',
  );
}

async function ownerSession(
  session: Session,
  kind: 'person' | 'organisation',
): Promise<{ session: OwnerSession; close: () => void }> {
  if (kind === 'person') {
    const { ward, close } = await onHome(() => openPerson(homeOptions(session)));
    return { session: { ...session, kind, ward, names: new Names(ward) }, close };
  }
  const { ward, close } = await onHome(() => openOrganisation(homeOptions(session)));
  return { session: { ...session, kind, ward, names: new Names(ward) }, close };
}

/** Opens a home; errors of the file system, and of a network file that is none, have codes. */
export async function onHome<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (hasCode(error, 'FILE_MALFORMED')) {
      throw Object.assign(wrongFile(word('network-file')), { cause: error });
    }
    throw fileError(error);
  }
}

async function readerSession(session: Session): Promise<ReaderSession> {
  const { networkPath, home } = session;
  let ward: Ward;
  if (networkPath !== undefined) {
    const networkFile = loadJsonFile(networkPath, NetworkFile);
    const { path, onAlarm } = homeOptions(session);
    const evidence = evidenceOptions({ path, onAlarm, networkFile }, session.platform.crypto);
    ward = await createWard({ ...clientOptions(session), ...evidence, networkFile });
  } else if (existsSync(join(home, 'network.json'))) {
    ward = await onHome(() => openReader(homeOptions(session)));
  } else throw refuse('OWNER_HOME_MISSING', { wanted: OWNER_WORDS.either });
  return { ...session, ward, names: new Names(ward) };
}
