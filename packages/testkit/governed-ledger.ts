import {
  type Action,
  CastVote,
  type ConsensusRules,
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  type Genesis,
  MakeProposal,
  type MessageKind,
  networkState,
  type Proposal,
  proposalNumber,
  RELEASE,
  type Role,
  type Rules,
} from '@ward/ledger/schema';
import {
  type Crypto,
  compareBytes,
  type Ed25519KeyPair,
  type Seconds,
  validatorAddress,
} from '@ward/protocol';
import { TestChain } from './test-chain.ts';
import { TestLedger, type TestMember } from './test-ledger.ts';

export interface GovernedOptions {
  /** Of the members behind the registrar. */
  readonly roles: readonly (readonly Role[])[];
  /** How many of the first members make blocks. */
  readonly validators: number;
  readonly rules?: Partial<Rules>;
  readonly consensus?: Partial<ConsensusRules>;
  /** Free and bonded stake of each of the first members. */
  readonly stakes?: readonly { readonly free: number; readonly bonded: number }[];
  /** Of the genesis, where the engine runs by a real clock. */
  readonly time?: Seconds;
  /** Changes the genesis at last. */
  amend?(genesis: Genesis): Genesis;
}

/** Key of the validator of a member, by its number; others of its keys by `generation`. */
export function validatorKey(crypto: Crypto, index: number, generation = 0): Ed25519KeyPair {
  const name = generation === 0 ? `validator ${index}` : `validator ${index} ${generation}`;
  return crypto.ed25519.keyPair(crypto.sha256(Buffer.from(name)));
}

/** A network of synthetic organisations that govern it together; the first is a registrar too. */
export function governedLedger(crypto: Crypto, options: GovernedOptions): TestLedger {
  const { roles, validators: count, stakes = [], amend: atLast = (own) => own } = options;
  const rules = { ...DEFAULT_RULES, ...options.rules };
  const consensus = { ...DEFAULT_CONSENSUS, ...options.consensus };
  const amend = (genesis: Genesis, members: readonly TestMember[]): Genesis => {
    const byId = <T extends { organisation: Uint8Array }>(list: T[]) =>
      list.sort((a, b) => compareBytes(a.organisation, b.organisation));
    const validators = members.slice(0, count).map(({ id: organisation }, i) => {
      return { organisation, publicKey: validatorKey(crypto, i).publicKey };
    });
    const power = (i: number) => {
      const bonded = stakes[i]?.bonded ?? 0;
      return rules.weighting === 'equal' ? 1 : Math.floor(bonded / rules.stakePerPower);
    };
    const held = stakes.map((stake, i) => ({ organisation: members[i]!.id, ...stake }));
    return atLast({
      ...genesis,
      validators: validators.map(({ publicKey }, i) => ({ publicKey, power: power(i) })),
      governance: {
        ...{ release: RELEASE, rules, consensus },
        ...{ validators: byId(validators), stakes: byId(held) },
      },
    });
  };
  const beginning = options.time === undefined ? {} : { time: options.time };
  return new TestLedger(crypto, roles, { ...beginning, validators: count, amend });
}

/** A chain of such a network, and what its members do on it. */
export class GovernedChain extends TestChain {
  /** One message of a member's officer as a block; `applied`, or the code of the refusal. */
  officer<T>(member: TestMember, kind: MessageKind<T>, message: T): string {
    const { ledger, time } = this;
    return this.verdicts(ledger.officerTransaction(member, kind, message, time))[0]!;
  }

  propose(member: TestMember, action: Action): string {
    return this.officer(member, MakeProposal, { action });
  }

  vote(member: TestMember, proposal: number, choice: 'yes' | 'no' = 'yes'): string {
    return this.officer(member, CastVote, { proposal, choice });
  }

  /** Proposes and votes, each in its block, until enough have. @returns How it ended. */
  decide(action: Action, voters: readonly TestMember[] = this.ledger.members): string {
    const [proposer, ...others] = voters;
    const made = this.propose(proposer!, action);
    if (made !== 'applied') return made;
    const number = this.machine.read(networkState.agenda)!.next - 1;
    for (const voter of others) {
      const { end } = this.proposal(number);
      if (end !== null) return end.how;
      this.vote(voter, number);
    }
    return this.proposal(number).end?.how ?? 'open';
  }

  proposal(number: number): Proposal {
    return this.machine.read(networkState.proposals, proposalNumber(number))!;
  }

  /** Addresses of the validators of now with their power, by the member's number. */
  powers(): { readonly [member: number]: number } {
    const { active } = this.machine.read(networkState.validatorSet)!;
    return Object.fromEntries(
      active.map(({ organisation, power }) => {
        const isIt = ({ id }: TestMember) => compareBytes(id, organisation) === 0;
        return [this.ledger.members.findIndex(isIt), power];
      }),
    );
  }

  address(index: number, generation = 0): Uint8Array {
    const { crypto } = this.ledger;
    return validatorAddress(validatorKey(crypto, index, generation).publicKey, crypto);
  }
}
