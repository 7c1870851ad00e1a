import type { Organisation } from '@ward/ledger/schema';
import { type AccountId, type Word, word } from '@ward/protocol';
import { shortId } from '../frame/names.ts';
import { printable } from '../frame/printable.ts';
import type { ReaderSession } from '../frame/session.ts';
import { findOne } from './find-one.ts';

export interface Member {
  readonly id: AccountId;
  readonly organisation: Organisation;
}

const KIND = word('organisation');

/**
 * The organisation that a person means, by id or name.
 *
 * @throws WardError `ID_*`, what the ledger's proofs throw.
 */
export async function findOrganisation(
  wanted: string,
  { ward }: Pick<ReaderSession, 'ward'>,
): Promise<Member> {
  return findMember(wanted, await ward.directory.list());
}

/** Several of them, with one look into the directory. */
export async function findOrganisations(
  wanted: readonly string[],
  { ward }: Pick<ReaderSession, 'ward'>,
): Promise<Member[]> {
  const members = await ward.directory.list();
  return wanted.map((each) => findMember(each, members));
}

function findMember(wanted: string, members: readonly Member[]): Member {
  return findOne(wanted, {
    items: members,
    idOf: ({ id }) => id,
    nameOf: ({ organisation }) => organisation.name,
    kind: KIND,
  });
}

/** The organisation that was named, or the one that the person chooses. */
export async function chooseOrganisation(
  wanted: string | undefined,
  { message, flag, isFit }: MemberQuestion,
  session: Pick<ReaderSession, 'ward' | 'ask'>,
): Promise<Member> {
  if (wanted !== undefined) return findOrganisation(wanted, session);
  return session.ask.choose(message, await memberChoices(session, isFit), flag);
}

/** The organisations that were named, or those that the person chooses. */
export async function chooseOrganisations(
  wanted: readonly string[],
  { message, flag, isFit }: MemberQuestion,
  session: Pick<ReaderSession, 'ward' | 'ask'>,
): Promise<readonly Member[]> {
  if (wanted.length > 0) return findOrganisations(wanted, session);
  const choices = await memberChoices(session, isFit);
  return session.ask.chooseMany(
    message,
    choices.map((choice) => ({ ...choice, isChosen: true })),
    flag,
  );
}

export interface MemberQuestion {
  readonly message: string;
  readonly flag: Word;
  /** Which organisations can be meant at all. */
  readonly isFit: (organisation: Organisation) => boolean;
}

async function memberChoices(
  { ward }: Pick<ReaderSession, 'ward'>,
  isFit: MemberQuestion['isFit'],
) {
  const members = await ward.directory.list();
  return members
    .filter(({ organisation }) => organisation.status === 'active' && isFit(organisation))
    .map((value) => ({
      value,
      label: printable(value.organisation.name),
      hint: `${value.organisation.roles.join(', ')} ${shortId(value.id)}`,
    }));
}
