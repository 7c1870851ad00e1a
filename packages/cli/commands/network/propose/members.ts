import { DECIDE_DIGEST, DECIDE_VERSION } from '@ward/charts';
import { ROLES } from '@ward/ledger/schema';
import { type AccountId, parseHex, toHex, word } from '@ward/protocol';
import { Application } from '@ward/sdk';
import { refuse } from '../../../errors.ts';
import { findOrganisation } from '../../../find/find-organisation.ts';
import { loadJsonFile } from '../../../frame/files.ts';
import { hex, integer, many, oneOf, optional, path, text } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';
import { defineProposal, type Plan, planOf } from './define-proposal.ts';

export const ORGANISATION = text('ORGANISATION', 'organisation, by name or id');

/** The plan to admit an organisation, by its application. */
export function admissionPlan(application: Application): Plan {
  const { name, roles, account } = application;
  return {
    wording: `admit "${printable(name)}" (${roles.join(', ')}), account ${toHex(account)}`,
    propose: (network) => network.proposeAdmission(application),
  };
}

/** The plan to suspend or reinstate an organisation. */
export function standingPlan(
  verb: 'suspend' | 'reinstate',
  { organisation, title }: { readonly organisation: AccountId; readonly title: string },
): Plan {
  const kind = `${verb}-organisation` as const;
  return planOf({ kind, organisation }, `${verb} "${title}" (${toHex(organisation)})`);
}

export const proposeAdmit = defineProposal({
  name: 'admit',
  summary: 'Propose to admit an organisation, by the application that ward org create wrote',
  details:
    'Everything in the application becomes public. Make sure on another way that it came from ' +
    'whom it names: the account that is printed is the one that its home shows.',
  args: { application: path('FILE', 'application that ward org create wrote') },
  plan: async ({ args }) => admissionPlan(loadJsonFile(args.application, Application)),
});

function defineStanding(verb: 'suspend' | 'reinstate', summary: string) {
  return defineProposal({
    ...{ name: verb, summary, args: { organisation: ORGANISATION } },
    async plan({ args }, session) {
      const { id, organisation } = await findOrganisation(args.organisation, session);
      return standingPlan(verb, { organisation: id, title: printable(organisation.name) });
    },
  });
}

export const proposeSuspend = defineStanding(
  'suspend',
  'Propose that an organisation writes and opens nothing from then on',
);
export const proposeReinstate = defineStanding('reinstate', 'Propose to end a suspension');

export const proposeRoles = defineProposal({
  name: 'roles',
  summary: 'Propose what an organisation is: all of its roles, in the place of those that it has',
  args: { organisation: ORGANISATION },
  options: { role: many(oneOf(ROLES, 'ROLE', 'what it is')) },
  async plan({ args, options: { role: roles } }, session) {
    if (roles.length === 0) throw refuse('FLAG_NEEDED', { flag: word('--role') });
    const { id, organisation } = await findOrganisation(args.organisation, session);
    const title = printable(organisation.name);
    return planOf(
      { kind: 'set-roles', organisation: id, roles },
      `make "${title}" (${toHex(id)}) ${roles.join(', ')}`,
    );
  },
});

export const proposeDecideRules = defineProposal({
  name: 'decide-rules',
  summary: 'Propose the rules by which custodians decide on openings; else those of this software',
  options: {
    rulesVersion: optional(
      integer('NUMBER', { min: 1, max: Number.MAX_SAFE_INTEGER }, 'version of the rules'),
      `${DECIDE_VERSION}`,
    ),
    digest: optional(hex('HEX', { bytes: 32 }, 'digest of the rules'), 'that of this software'),
  },
  async plan({ options: { rulesVersion: decideVersion = DECIDE_VERSION, digest } }) {
    const decideDigest = digest === undefined ? DECIDE_DIGEST : parseHex(digest);
    return planOf(
      { kind: 'set-decide-rules', decideVersion, decideDigest },
      `let custodians decide by rules ${decideVersion}, ${toHex(decideDigest)}`,
    );
  },
});
