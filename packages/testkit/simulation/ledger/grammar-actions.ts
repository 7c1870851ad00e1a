import {
  type Action,
  type ConsensusRules,
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  networkState,
  RELEASE,
  type Role,
  type Rules,
} from '@ward/ledger/schema';
import type { Cast } from './cast.ts';
import { releaseNow } from './naive-actions.ts';

const ROLES: readonly (readonly Role[])[] = [
  ...([['payer'], ['provider', 'registrar'], ['regulator'], [], ['payer', 'payer']] as const),
];

export function anyRoles({ random }: Cast): readonly Role[] {
  return random.pick(ROLES);
}

/** What an organisation says of itself. */
export function anyProfile({ random, ledger }: Cast) {
  const { endpoints, sealingKey } = ledger.genesis.members[0]!.organisation;
  const custodian = { sealingKey, publicKey: new Uint8Array(32).fill(random.below(3)) };
  return {
    name: `Synthetic organisation ${random.below(100)}`,
    endpoints: random.below(4) > 0 ? endpoints : { ...endpoints, node: 'https://node.example' },
    sealingKey,
    custodian: random.below(3) > 0 ? custodian : null,
  };
}

const fraction = (numerator: number, denominator: number) => ({ numerator, denominator });

/** Mostly rules by which a network can live. */
function anyRules({ random, ledger }: Cast): Rules {
  const rules = ledger.genesis.governance?.rules ?? DEFAULT_RULES;
  const changes: readonly Partial<Rules>[] = [
    { validatorsMax: 1 + random.below(5) },
    { weighting: random.pick(['equal', 'stake'] as const) },
    { absenceBlocks: 1 + random.below(4), absenceSlash: fraction(random.below(4), 3) },
    { membership: fraction(1 + random.below(4), 1 + random.below(4)) },
    { constitution: fraction(2, 3), emergency: fraction(1 + random.below(3), 3) },
    { votingSeconds: 60 + random.below(400), unbondingSeconds: 1 + random.below(200) },
    { stakePerPower: 1 + random.below(20), bondMin: 1 + random.below(40) },
    { absenceTolerated: fraction(random.below(3), 1 + random.below(3)) },
    { misbehaviourSlash: fraction(random.below(3), 2), absenceJailSeconds: random.below(60) },
  ];
  return { ...rules, ...random.pick(changes), ...random.pick(changes) };
}

function anyConsensus({ random, ledger }: Cast): ConsensusRules {
  const consensus = ledger.genesis.governance?.consensus ?? DEFAULT_CONSENSUS;
  const [evidenceSecondsMax, evidenceBlocksMax] = [1 + random.below(120), 1 + random.below(40)];
  return { ...consensus, evidenceSecondsMax, evidenceBlocksMax };
}

/** Any action, mostly of some use now. */
export function anyAction(cast: Cast): Action {
  const { random, everybody, naive } = cast;
  const { id: organisation } = random.pick(everybody);
  const decideDigest = new Uint8Array(32).fill(random.below(9));
  const { decideVersion } = naive.state.get(networkState.parameters)!;
  const amount = random.below(20) === 0 ? Number.MAX_SAFE_INTEGER : 1 + random.below(99);
  const height = cast.height + random.below(50);
  // The release of now is no plan. Nobody plans the first one, to which nothing leads back: what is
  // proposed while it runs may be decided behind an upgrade.
  const now = naive.release === undefined ? '' : releaseNow(naive.state, cast.height).current;
  const name = random.pick(['ward-2', 'ward-2', 'ward-3', '', now === RELEASE ? '' : now]);
  const digest = new Uint8Array(32).fill(height);
  const isHalted = (naive.state.get(networkState.agenda)?.haltedSince ?? null) !== null;
  if (isHalted && random.below(2) === 0) return { kind: 'resume-network' };
  const profile = () => ({ organisation, roles: anyRoles(cast), ...anyProfile(cast) });
  return random.pick<() => Action>([
    ...Array(3).fill(() => ({ kind: 'admit-organisation', ...profile() })),
    ...Array(2).fill(() => ({ kind: 'suspend-organisation', organisation })),
    ...Array(3).fill(() => ({ kind: 'reinstate-organisation', organisation })),
    () => ({ kind: 'set-roles', organisation, roles: anyRoles(cast) }),
    ...Array(3).fill(() => ({ kind: 'add-validator', organisation })),
    ...Array(2).fill(() => ({ kind: 'remove-validator', organisation })),
    ...Array(3).fill(() => ({ kind: 'unjail-validator', organisation })),
    ...Array(2).fill(() => ({ kind: 'grant-stake', organisation, amount })),
    () => ({
      kind: 'set-decide-rules',
      decideVersion: Math.max(1, decideVersion + 2 - random.below(4)),
      decideDigest,
    }),
    ...Array(2).fill(() => ({ kind: 'set-rules', rules: anyRules(cast) })),
    () => ({ kind: 'set-consensus', consensus: anyConsensus(cast) }),
    ...Array(2).fill(() => ({ kind: 'plan-upgrade', name, height, digest })),
    () => ({ kind: 'cancel-upgrade' }),
    () => ({ kind: 'halt-network' }),
    () => ({ kind: 'resume-network' }),
  ])();
}
