import { join } from 'node:path';
import type { AccountId, Clock, Crypto, Random } from '@ward/protocol';
import { KeyService } from '@ward/sdk';
import { loadHomeKey, openFileEventStore, saveStaffKey, staffKeyPair } from '@ward/sdk/node';
import type { OrganisationPlan } from './organisations.ts';

export interface KeyPorts {
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly random: Random;
}

/** What others may know of an organisation's key service. */
export interface PublicKeys {
  readonly account: AccountId;
  readonly service: Uint8Array;
  readonly officer: Uint8Array;
  readonly sealing: Uint8Array;
}

/**
 * Makes the key service of an organisation before there is a network, and enrols its staff. Their
 * keys lie in `keys/staff`, because nobody real is there to keep them.
 */
export async function makeOrganisationKeys(
  plan: OrganisationPlan,
  home: string,
  { crypto, clock, random }: KeyPorts,
): Promise<PublicKeys> {
  const keys = join(home, 'keys');
  const key = loadHomeKey(keys, random);
  const path = join(keys, 'key-service.events');
  const store = await openFileEventStore({ path, key, crypto, random });
  // The network's id will follow from these keys; nothing that is made here is bound to it.
  const realm = { network: new Uint8Array(32), crypto };
  const service = await KeyService.open({ store, random, clock, realm }, plan.name);
  for (const { name, role } of plan.staff) {
    const staff = { name, role, seed: random.bytes(32) };
    const { publicKey } = staffKeyPair(staff, crypto);
    await service.enrolStaff({ name, role, publicKey });
    saveStaffKey(home, staff);
  }
  return {
    account: service.account,
    service: service.serviceKey.publicKey,
    officer: service.officerKey.publicKey,
    sealing: service.sealingKey.sealingKey.bytes,
  };
}
