import type { Card } from '@ward/charts';
import type { ChartId, Digest } from '@ward/protocol';
import { collectLetters, takeCard } from '../access/collect-letters.ts';
import { listGrantedUnits, viewGranted } from '../access/granted-view.ts';
import { type OpenParameters, openUnits, staffRequestFor } from '../access/open-units.ts';
import type { Connection } from '../connection/connection.ts';
import { networkActions } from '../network/network-actions.ts';
import { type AddUnitsParameters, addUnits, catchUpUnits } from '../records/add-units.ts';
import type { KeyService } from './key-service.ts';

/** What an organisation does with its key service. */
export function organisationActions(service: KeyService, connection: Connection) {
  return {
    network: networkActions(service, connection),
    records: {
      /** Writes units into a chart of which the organisation has a card. */
      add: (parameters: AddUnitsParameters) => addUnits(service, parameters, connection),
      /** Brings vaults the units that they missed while they were away. */
      catchUp: (chart: ChartId) => catchUpUnits(service, chart, connection),
    },
    access: {
      /** Reads the inbox: cards and grants go into the key service. */
      collect: () => collectLetters(service, connection),
      /** Takes a card that came by another way than the inbox. */
      takeCard: (card: Card) => takeCard(service, card),
      grants: () => [...service.state.grants.values()],
      /** The granted chart as it stands now. */
      view: (leaf: Digest) => viewGranted(service, leaf, connection),
      /** What a grant lets the organisation ask for. */
      list: (leaf: Digest) => listGrantedUnits(service, leaf, connection),
      /** What the member of staff has to sign for an opening. */
      request: (parameters: Omit<OpenParameters, 'actor'>) =>
        staffRequestFor(service, parameters, connection.now()),
      open: (parameters: OpenParameters) => openUnits(service, parameters, connection),
    },
  };
}
export type OrganisationActions = ReturnType<typeof organisationActions>;
