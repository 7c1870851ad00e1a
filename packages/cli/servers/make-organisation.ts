import { join } from 'node:path';
import { HomeLock } from '@ward/protocol/home-lock';
import { type Application, applicationOf, KeyService } from '@ward/sdk';
import { loadHomeKey, openFileEventStore } from '@ward/sdk/node';
import { onFiles } from '../frame/files.ts';
import { onHome } from '../frame/open-session.ts';
import type { Platform } from '../frame/platform.ts';

export interface OrganisationToMake
  extends Pick<Application, 'name' | 'roles' | 'endpoints' | 'custodian'> {
  readonly home: string;
  readonly platform: Platform;
}

/** Makes the keys of an organisation before there is a network that it could belong to. */
export async function makeOrganisation({
  home,
  name,
  platform: { crypto, random, clock },
  ...profile
}: OrganisationToMake): Promise<Application> {
  const keys = join(home, 'keys');
  return onHome(async () => {
    const lock = onFiles(() => HomeLock.acquire(keys));
    try {
      const key = loadHomeKey(keys, random);
      const path = join(keys, 'key-service.events');
      const store = await openFileEventStore({ path, key, crypto, random });
      // The network's id will follow from these keys; nothing that is made here is bound to it.
      const realm = { network: new Uint8Array(32), crypto };
      const service = await KeyService.open({ store, random, clock, realm }, name);
      return applicationOf(service, profile);
    } finally {
      lock.release();
    }
  });
}
