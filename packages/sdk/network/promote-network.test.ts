import { networkState, planDigest } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OrganisationWard } from '../create-ward.ts';

const crypto = await loadCrypto();
const key = (byte: number) => crypto.ed25519.keyPair(new Uint8Array(32).fill(byte)).publicKey;

let network: ClientNetwork;
let registrar: OrganisationWard;
beforeEach(async () => {
  network = await ClientNetwork.start(crypto);
  registrar = await network.organisation('registrar');
});
afterEach(() => network.close());

function plan(chain = 'ward-test-2') {
  const organisation = network.id('hospital-a');
  const validators = [{ organisation, publicKey: key(1) }];
  return registrar.network.planPromotion({ chain, founders: [], governance: { validators } });
}

describe('the plan of a promotion', () => {
  it('names the chain that ends, its network and who makes blocks', async () => {
    const made = await plan();
    expect(made.network).toEqual(network.node.networkFile.network);
    expect([made.predecessor, made.chain]).toEqual(['ward-test-1', 'ward-test-2']);
    expect(made.validators).toEqual([{ publicKey: key(1), power: 1 }]);
    expect(made.members).toEqual([]);
  });

  it('is refused for a validator of nobody and rules that nobody could live by', async () => {
    const stranger = { organisation: new Uint8Array(16), publicKey: key(2) };
    const { network: actions } = registrar;
    const code = (governance: Parameters<typeof actions.planPromotion>[0]['governance']) =>
      codeOfAsync(() => actions.planPromotion({ chain: 'c', founders: [], governance }));
    expect(await code({ validators: [stranger] })).toBe('VALIDATOR_UNKNOWN');
    const validators = [{ organisation: network.id('hospital-a'), publicKey: key(1) }];
    const membership = { numerator: 1, denominator: 3 };
    expect(await code({ validators, rules: { membership } })).toBe('RULES_INVALID');
  });
});

describe('a promotion', () => {
  it('is signed by an officer of the registrar, and by nobody else', async () => {
    const other = await network.organisation('hospital-a');
    expect(await codeOfAsync(async () => other.network.promote(await plan()))).toBe('SIGNER_ROLE');
    expect(await registrar.connection.read(networkState.promotion)).toBeNull();
    const made = await plan();
    await registrar.network.promote(made);
    const promotion = await registrar.connection.read(networkState.promotion);
    expect(promotion).toEqual({ chain: 'ward-test-2', plan: planDigest(made, crypto) });
  });

  it('is done once: again it does nothing, and by another plan it is refused', async () => {
    const made = await plan();
    await registrar.network.promote(made);
    await registrar.network.promote(made);
    const again = { ...made, chain: 'ward-test-3' };
    expect(await codeOfAsync(() => registrar.network.promote(again))).toBe('NETWORK_PROMOTED');
  });

  it('has later writes refused until the chain that goes on answers', async () => {
    await registrar.network.promote(await plan());
    const change = { name: 'Registrar (synthetic)' };
    expect(await codeOfAsync(() => registrar.network.update(change))).toBe('NETWORK_PROMOTED');
  });
});
