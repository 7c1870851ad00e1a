import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '../client-network.ts';

/** No quota ends a run: liars are asked more often than anybody asks. */
const ENDLESS = 1_000_000_000;

/** A network of two vaults and five custodians that answers as often as it is asked. */
export async function startHostileStage(seed: number): Promise<ClientNetwork> {
  return ClientNetwork.start(await loadCrypto(), seed, {
    hasSecondVault: true,
    serverLimits: { sourceBurst: ENDLESS, sourcePerSecond: ENDLESS },
    vaultLimits: {
      noticesDayMax: ENDLESS,
      lettersBurst: ENDLESS,
      lettersHourMax: ENDLESS,
      headersDayMax: ENDLESS,
      waitingHeadersMax: ENDLESS,
    },
    custodianLimits: { dealsDayMax: ENDLESS, refusalsToldMax: ENDLESS },
  });
}
