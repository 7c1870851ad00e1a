import { optional, origin } from '../frame/parameters.ts';

/** What an organisation says of its servers. */
export const PROFILE_OPTIONS = {
  node: optional(origin('where its node is')),
  vault: optional(origin('where its vault is')),
  custodian: optional(origin('where its custodian is')),
  inbox: optional(origin('where its inbox is; the vault where left out')),
};

export interface ProfileValues {
  readonly node: string | undefined;
  readonly vault: string | undefined;
  readonly custodian: string | undefined;
  readonly inbox: string | undefined;
}

/** Endpoints as they were given; a vault keeps the inbox of its organisation. */
export function endpointsOf({ node, vault, custodian, inbox }: ProfileValues) {
  return {
    node: node ?? null,
    vault: vault ?? null,
    custodian: custodian ?? null,
    inbox: inbox ?? vault ?? null,
  };
}
