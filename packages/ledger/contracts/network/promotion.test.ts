import { encodeMessage } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { governedLedger } from '@ward/testkit/governed-ledger';
import { bindNextRelease } from '@ward/testkit/next-release';
import { TestChain } from '@ward/testkit/test-chain';
import { TEST_CHAIN, TestLedger, type TestMember } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { WriteSlots } from '../slots/messages.ts';
import { PromoteNetwork } from './messages.ts';
import { networkState } from './state.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto, [['provider']]);
const { registrar, provider } = ledger;
const promotion = { chain: 'ward-test-2', plan: new Uint8Array(32).fill(9) };
const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32).fill(1) }];

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(ledger);
});

function promoting(member: TestMember, changes: Partial<PromoteNetwork> = {}) {
  const message = { ...promotion, ...changes };
  return ledger.officerTransaction(member, PromoteNetwork, message, chain.time);
}

function writing(value = 1) {
  const message = { slots: [{ ...slots[0]!, address: new Uint8Array(32).fill(value) }] };
  return ledger.serviceTransaction(provider, WriteSlots, message, chain.time);
}

describe('PromoteNetwork', () => {
  it('says, once and for ever, which chain goes on and by which plan', () => {
    expect(chain.machine.read(networkState.promotion)).toBeNull();
    expect(chain.verdicts(promoting(registrar))).toEqual(['applied']);
    expect(chain.machine.read(networkState.promotion)).toEqual(promotion);
    expect(chain.verdicts(promoting(registrar, { chain: 'ward-test-3' }))).toEqual([
      'NETWORK_PROMOTED',
    ]);
    expect(chain.machine.read(networkState.promotion)).toEqual(promotion);
  });

  it('is for an officer of a registrar', () => {
    expect(chain.verdicts(promoting(provider))).toEqual(['SIGNER_ROLE']);
    const service = ledger.serviceTransaction(registrar, PromoteNetwork, promotion, chain.time);
    expect(chain.verdicts(service)).toEqual(['SIGNER_ROLE']);
  });

  it('is not for a network whose members govern', () => {
    const governed = governedLedger(crypto, { roles: [['provider']], validators: 2 });
    const own = new TestChain(governed);
    const { registrar: one } = governed;
    const asked = governed.officerTransaction(one, PromoteNetwork, promotion, own.time);
    expect(own.verdicts(asked)).toEqual(['GOVERNED_BY_MEMBERS']);
  });

  it('needs a chain of another name', () => {
    expect(chain.verdicts(promoting(registrar, { chain: '' }))).toEqual(['PROMOTION_CHAIN']);
    expect(chain.verdicts(promoting(registrar, { chain: TEST_CHAIN }))).toEqual([
      'PROMOTION_CHAIN',
    ]);
  });

  it('is taken once even in one transaction', () => {
    const message = encodeMessage(PromoteNetwork, promotion);
    const signers = [{ account: registrar.id, keyPair: registrar.officer }];
    const twice = ledger.transaction([message, message], signers, chain.time + 60);
    expect(chain.verdicts(twice, writing())).toEqual(['NETWORK_PROMOTED', 'applied']);
    expect(chain.machine.read(networkState.promotion)).toBeNull();
  });
});

describe('a ledger that was promoted', () => {
  it('has taken what stood before the promotion in its block, and takes nothing behind it', () => {
    const [before, after] = [writing(1), writing(2)];
    expect(chain.verdicts(before, promoting(registrar), after)).toEqual([
      'applied',
      'applied',
      'NETWORK_PROMOTED',
    ]);
    expect(chain.verdicts(writing(3))).toEqual(['NETWORK_PROMOTED']);
  });

  it('keeps its root in every block that follows, whatever is sent', () => {
    chain.block([writing(1), promoting(registrar)]);
    const root = chain.machine.appHash;
    expect(chain.block([writing(2)]).appHash).toEqual(root);
    expect(chain.block().appHash).toEqual(root);
    chain.restart();
    expect(chain.block([writing(3)]).appHash).toEqual(root);
  });

  it('is not migrated any more: that is for the chain that goes on', () => {
    chain.block([writing(1), promoting(registrar)]);
    const root = chain.machine.appHash;
    const later = new TestChain(ledger, { contracts: bindNextRelease }, chain.storage);
    expect(later.block([writing(2)]).appHash).toEqual(root);
  });

  it('says so at admission, and of what it took before, that it was taken', () => {
    const last = promoting(registrar);
    chain.block([last]);
    const codeAt = (transaction: typeof last) => {
      try {
        chain.machine.checkSigned(transaction, chain.time);
        return 'admitted';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeAt(writing(1))).toBe('NETWORK_PROMOTED');
    expect(codeAt(last)).toBe('TRANSACTION_REPLAYED');
  });

  it('is not promoted by what is only asked about', () => {
    chain.machine.check(promoting(registrar), chain.time);
    expect(chain.verdicts(writing(1))).toEqual(['applied']);
  });

  it('is not promoted by a block that another one took the place of', () => {
    const { machine, time } = chain;
    machine.execute({ height: 1, time, transactions: [promoting(registrar)] });
    expect(chain.verdicts(writing(1))).toEqual(['applied']);
  });
});
