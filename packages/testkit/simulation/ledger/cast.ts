import type { Role, Rules } from '@ward/ledger/schema';
import type { Crypto } from '@ward/protocol';
import { governedLedger } from '../../governed-ledger.ts';
import type { SeededRandom } from '../../seeded-random.ts';
import { TestLedger, type TestMember } from '../../test-ledger.ts';
import { NaiveLedger } from './naive-ledger.ts';

const part = (numerator: number, denominator: number) => ({ numerator, denominator });
const ROLES: readonly (readonly Role[])[] = [
  ['provider'],
  ['payer'],
  ['laboratory'],
  ['regulator'],
];
const QUICK: Partial<Rules> = {
  ...{ stakePerPower: 10, bondMin: 20, validatorsMax: 4, absenceBlocks: 3 },
  ...{ membership: part(3, 5), constitution: part(3, 5), emergency: part(3, 5) },
  ...{ absenceTolerated: part(1, 3), absenceSlash: part(1, 10), misbehaviourSlash: part(1, 3) },
  ...{ votingSeconds: 300, absenceJailSeconds: 30, unbondingSeconds: 90 },
};
const consensus = { evidenceSecondsMax: 90, evidenceBlocksMax: 30 };
const STAKES = [100, 60, 40, 90].map((bonded, i) => ({ free: 30 * i, bonded }));

/** Networks that a simulation begins with, by the word that a report has for them. */
const NETWORKS: { readonly [name: string]: (crypto: Crypto) => TestLedger } = {
  equal: (crypto) =>
    governedLedger(crypto, { roles: ROLES, validators: 4, rules: QUICK, consensus }),
  'by stake': (crypto) =>
    governedLedger(crypto, {
      ...{ roles: ROLES, validators: 4, consensus, stakes: STAKES },
      rules: { ...QUICK, weighting: 'stake' },
    }),
  'few by stake': (crypto) =>
    governedLedger(crypto, {
      ...{ roles: ROLES.slice(0, 3), validators: 3, consensus, stakes: STAKES.slice(0, 3) },
      rules: { ...QUICK, weighting: 'stake', validatorsMax: 3 },
    }),
  'by a registrar': (crypto) =>
    new TestLedger(crypto, [...ROLES.slice(0, 3), ['registrar']], { validators: 4 }),
};

const PICKS = ['equal', 'equal', 'by stake', 'by stake', 'few by stake', 'by a registrar'];
const ledgers = new WeakMap<Crypto, Map<string, TestLedger>>();

/** A ledger is the same whatever happens on it, so the keys of each are made once. */
function ledgerOf(name: string, crypto: Crypto): TestLedger {
  const made = ledgers.get(crypto) ?? new Map<string, TestLedger>();
  const ledger = made.get(name) ?? NETWORKS[name]!(crypto);
  ledgers.set(crypto, made.set(name, ledger));
  return ledger;
}

/** Whoever does something in a simulation, and what they know of the ledger. */
export class Cast {
  readonly network: string;
  readonly ledger: TestLedger;
  readonly random: SeededRandom;
  readonly naive: NaiveLedger;
  readonly strangers: readonly TestMember[];
  readonly everybody: readonly TestMember[];
  /** Height of the next block, and the time by the clock of clients. */
  height = 1;
  time: number;

  constructor(random: SeededRandom, crypto: Crypto) {
    this.random = random;
    this.network = random.pick(PICKS);
    this.ledger = ledgerOf(this.network, crypto);
    this.naive = new NaiveLedger(this.ledger.genesis, this.ledger.realm);
    this.strangers = [40, 41].map((number) => this.ledger.makeMember(number));
    this.everybody = [...this.ledger.members, ...this.strangers];
    this.time = this.ledger.genesis.time + 1;
  }

  get isGoverned(): boolean {
    return this.ledger.genesis.governance !== null;
  }
}
