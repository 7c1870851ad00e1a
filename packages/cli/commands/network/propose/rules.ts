import { type ConsensusRules, LEDGER_LIMITS, type Rules } from '@ward/ledger/schema';
import { word } from '@ward/protocol';
import { refuse } from '../../../errors.ts';
import { duration, fraction, integer, oneOf, optional } from '../../../frame/parameters.ts';
import { changeTexts } from '../../../show/rules.ts';
import { defineProposal, planOf } from './define-proposal.ts';

const COUNT = { min: 1, max: Number.MAX_SAFE_INTEGER };
const VALIDATORS = { min: 1, max: LEDGER_LIMITS.validatorsMax };
const BLOCKS = { min: 1, max: 1_000_000 };

/** What was given alone. */
function given<T extends object>(options: T): Partial<T> {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  if (said.length === 0) throw refuse('FLAG_NEEDED', { flag: word('any of its options') });
  return Object.fromEntries(said) as Partial<T>;
}

export const proposeRules = defineProposal({
  name: 'rules',
  summary: 'Propose other rules of the network: what is not named stays as it is',
  options: {
    membership: optional(fraction('votes that decide on members, roles and validators')),
    constitution: optional(fraction('votes that decide on rules, stake and upgrades')),
    emergency: optional(fraction('votes that halt the network, or let it go on')),
    voting: optional(duration('how long a proposal is voted on')),
    weighting: optional(oneOf(['equal', 'stake'], 'WORD', 'how validators weigh')),
    validatorsMax: optional(integer('COUNT', VALIDATORS, 'validators at one time')),
    stakePerPower: optional(integer('AMOUNT', COUNT, 'minor units for one unit of power')),
    bondMin: optional(integer('AMOUNT', COUNT, 'minor units that a validator bonds at least')),
    unbonding: optional(duration('how long stake is on its way back')),
    absenceBlocks: optional(integer('COUNT', BLOCKS, 'blocks missed in a row that jail')),
    absenceTolerated: optional(fraction('blocks that a validator may miss for ever')),
    absenceJail: optional(duration('how long a jail for absence is')),
    absenceSlash: optional(fraction('stake that is burned for absence')),
    misbehaviourSlash: optional(fraction('stake that is burned for misbehaviour')),
  },
  examples: ['ward network propose rules --membership 3/4 --voting 14d'],
  async plan({ options: { voting, unbonding, absenceJail, ...rest } }, { ward }) {
    const change: Partial<Rules> = given({
      ...{ ...rest, votingSeconds: voting, unbondingSeconds: unbonding },
      absenceJailSeconds: absenceJail,
    }) as Partial<Rules>;
    const { rules: now } = await ward.network.rules();
    const rules = { ...now, ...change };
    const changes = changeTexts(now, rules).join('; ');
    return planOf({ kind: 'set-rules', rules }, `change the rules (${changes})`);
  },
});

const MEBIBYTE = 1024 * 1024;
const BLOCK_BYTES = { min: MEBIBYTE, max: LEDGER_LIMITS.blockBytesMax };
const EVIDENCE_BYTES = { min: 16 * 1024, max: MEBIBYTE };

export const proposeConsensus = defineProposal({
  name: 'consensus',
  summary: 'Propose other parameters of the engine: what is not named stays as it is',
  options: {
    blockBytesMax: optional(integer('BYTES', BLOCK_BYTES, 'bytes of a block')),
    evidenceBlocksMax: optional(integer('COUNT', COUNT, 'blocks behind which evidence is old')),
    evidenceAge: optional(duration('time behind which evidence is old')),
    evidenceBytesMax: optional(integer('BYTES', EVIDENCE_BYTES, 'bytes of evidence in a block')),
  },
  async plan({ options: { evidenceAge, ...rest } }, { ward }) {
    const change = given({ ...rest, evidenceSecondsMax: evidenceAge }) as Partial<ConsensusRules>;
    const { consensus: now } = await ward.network.rules();
    const consensus = { ...now, ...change };
    const changes = changeTexts(now, consensus).join('; ');
    return planOf(
      { kind: 'set-consensus', consensus },
      `change the parameters of the engine (${changes})`,
    );
  },
});
