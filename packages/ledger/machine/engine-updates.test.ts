import type { ValidatorUpdate } from '@ward/ledger';
import {
  type Action,
  networkState,
  RegisterValidator,
  signValidatorKey,
} from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { GovernedChain, governedLedger, validatorKey } from '@ward/testkit/governed-ledger';
import { type SeededRandom, seededRandom } from '@ward/testkit/seeded-random';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const roles = [['provider'], ['payer'], ['laboratory'], ['pharmacy']] as const;
const ledger = governedLedger(crypto, {
  roles,
  validators: 3,
  rules: {
    ...{ weighting: 'stake', stakePerPower: 10, bondMin: 10, validatorsMax: 3 },
    ...{ absenceBlocks: 4, membership: { numerator: 51, denominator: 100 } },
  },
  stakes: [50, 40, 30, 20, 10].map((bonded) => ({ free: 0, bonded })),
});

/** The set of an engine that takes updates as CometBFT does: strictly, and two blocks later. */
class StrictEngine {
  #set = new Map<string, number>();
  readonly #waiting: (readonly ValidatorUpdate[])[] = [];

  constructor(validators: readonly ValidatorUpdate[]) {
    for (const { publicKey, power } of validators) this.#set.set(toHex(publicKey), power);
  }

  take(updates: readonly ValidatorUpdate[]): void {
    const keys = updates.map(({ publicKey }) => toHex(publicKey));
    expect(new Set(keys).size, 'no key twice in one block').toBe(keys.length);
    this.#waiting.push(updates);
    if (this.#waiting.length > 2) this.#apply(this.#waiting.shift()!);
  }

  settle(): ReadonlyMap<string, number> {
    for (const updates of this.#waiting.splice(0)) this.#apply(updates);
    return this.#set;
  }

  #apply(updates: readonly ValidatorUpdate[]): void {
    for (const { publicKey, power } of updates) {
      const key = toHex(publicKey);
      if (power === 0) expect(this.#set.delete(key), 'only who is there leaves').toBe(true);
      else this.#set.set(key, power);
    }
    expect(this.#set.size, 'somebody makes blocks').toBeGreaterThan(0);
  }
}

function anyAction(random: SeededRandom): Action {
  const { id: organisation } = random.pick(ledger.members);
  return random.pick<Action>([
    { kind: 'add-validator', organisation },
    { kind: 'remove-validator', organisation },
    { kind: 'unjail-validator', organisation },
    { kind: 'suspend-organisation', organisation },
    { kind: 'reinstate-organisation', organisation },
    {
      kind: 'set-rules',
      rules: {
        ...ledger.genesis.governance!.rules,
        validatorsMax: 1 + random.below(4),
        weighting: random.pick(['equal', 'stake'] as const),
      },
    },
  ]);
}

/** One block in which something may change who makes blocks. */
function step(chain: GovernedChain, random: SeededRandom): void {
  const { members } = ledger;
  const index = random.below(members.length);
  if (random.below(2) === 0) {
    const where = { height: chain.machine.height, time: chain.time, totalPower: 9 };
    const report = { kind: 'duplicate-vote' as const, validator: chain.address(index), ...where };
    chain.block([], { misbehaviour: [report] });
    return;
  }
  const member = members[index]!;
  const key = validatorKey(crypto, index, random.below(4));
  const { id: organisation } = member;
  const message = { organisation, ...signValidatorKey(organisation, key, ledger.realm) };
  chain.officer(member, RegisterValidator, message);
}

describe('what a block asks of the engine', () => {
  it('is nothing where a registrar governs, whatever is reported', () => {
    const plain = new TestLedger(crypto);
    const chain = new TestChain(plain);
    const { appHash } = chain.machine;
    const where = { height: 1, time: chain.time, totalPower: 1 };
    const validator = new Uint8Array(20);
    const report = { kind: 'duplicate-vote' as const, validator, ...where };
    const outcome = chain.block([], {
      misbehaviour: [report],
      lastCommit: [{ validator, isSigned: false }],
    });
    expect(outcome.validatorUpdates).toEqual([]);
    expect(outcome.consensusParameters).toBeUndefined();
    expect(outcome.appHash).toEqual(appHash);
  });

  it('is the same again where the block is executed again', () => {
    const chain = new GovernedChain(ledger);
    chain.block();
    const where = { height: 1, time: chain.time, totalPower: 9 };
    const misbehaviour = [
      { kind: 'duplicate-vote' as const, validator: chain.address(0), ...where },
    ];
    const block = { height: 2, time: chain.time, transactions: [], misbehaviour };
    const first = chain.machine.execute(block);
    expect(chain.machine.execute({ ...block, misbehaviour: [] }).validatorUpdates).toEqual([]);
    expect(chain.machine.execute(block)).toEqual(first);
    const { publicKey } = validatorKey(crypto, 0);
    expect(first.validatorUpdates).toEqual([{ publicKey, power: 0 }]);
  });

  it('brings a strict engine to the set that the state names, whatever happens', () => {
    let changes = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const random = seededRandom(seed);
      const chain = new GovernedChain(ledger);
      const engine = new StrictEngine(ledger.genesis.validators);
      const { block } = chain;
      // Every block of the chain, also those that members' votes make, goes to the engine.
      chain.block = (...given) => {
        const outcome = block.apply(chain, given);
        engine.take(outcome.validatorUpdates);
        changes += outcome.validatorUpdates.length;
        return outcome;
      };
      for (let i = 0; i < 40; i++) {
        chain.time += random.below(40);
        if (random.below(2) === 0) chain.decide(anyAction(random));
        else step(chain, random);
      }
      const { active } = chain.machine.read(networkState.validatorSet)!;
      const named = new Map(active.map(({ publicKey, power }) => [toHex(publicKey), power]));
      expect(new Map([...engine.settle()].sort())).toEqual(new Map([...named].sort()));
    }
    expect(changes).toBeGreaterThan(40);
  });
});
