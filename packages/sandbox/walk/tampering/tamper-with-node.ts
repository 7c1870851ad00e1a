import { getHeader } from '@ward/charts';
import { getLightBlock, Organisation, proveState } from '@ward/ledger/schema';
import { callEndpoint, equalBytes } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { lie } from '../../hostile/index.ts';
import { demand, demandRefusal } from '../step.ts';
import type { WalkState } from '../walk-state.ts';
import { lieDuring } from './lie-during.ts';

const MEMORY_MS = 10_000;

/** The node shows a block from before, with its genuine signature. */
export async function catchOldHead(state: WalkState): Promise<string> {
  const { origin } = state.network.server('hospital-a', 'node');
  const { header } = await state.wallet.ledger.head();
  const request = { params: { height: header.height - 1 }, query: {}, body: null };
  const old = await callEndpoint(getLightBlock, request, httpTransport(origin));
  const code = await lieDuring(state, { origin, lies: [lie(getLightBlock, () => old)] }, () =>
    demandRefusal(['HEADER_BEHIND'], () => state.wallet.ledger.head()),
  );
  return `caught by the wallet, which keeps the newest block it has seen (${code})`;
}

/** The vault shows the header from before the revocation. */
export async function catchOldHeader(state: WalkState): Promise<string> {
  const { origin } = state.network.server('hospital-a', 'vault');
  const lies = [lie(getHeader, () => state.oldHeader!)];
  const code = await lieDuring(state, { origin, lies }, () =>
    demandRefusal(['HEADER_WITHHELD'], () => state.wallet.charts.view(state.sharedKind)),
  );
  return `caught by the wallet: the slot of the next version is not empty (${code})`;
}

/** The node puts another sealing key into hospital B's record. */
export async function catchFalseKey(state: WalkState): Promise<string> {
  const { origin } = state.network.server('hospital-a', 'node');
  const falsify = lie(proveState, (answer) => ({
    ...answer,
    items: answer.items.map((item) => ({ ...item, value: withFalseKey(item.value) })),
  }));
  // A record that was proved a moment ago is used again for some seconds.
  await state.network.letPass(MEMORY_MS);
  const show = () => state.wallet.directory.show(state.id('hospital-b'));
  const { nodes, networkFile } = state.network;
  const by = 'caught by the wallet: the record does not lead to the root that was signed';
  if (nodes.length === 1) {
    const code = await lieDuring(state, { origin, lies: [falsify] }, () =>
      demandRefusal(['PROOF_INVALID'], show),
    );
    return `${by} (${code})`;
  }
  const shown = await lieDuring(state, { origin, lies: [falsify] }, show);
  const isBs = ({ id }: { id: Uint8Array }) => equalBytes(id, state.id('hospital-b'));
  const { sealingKey } = networkFile.genesis.members.find(isBs)!.organisation;
  demand(equalBytes(shown.sealingKey, sealingKey), 'the wallet has the true key');
  return `${by}; another node gave the true one`;
}

function withFalseKey(value: Uint8Array | null): Uint8Array | null {
  if (value === null) return null;
  try {
    const record = Organisation.decode(value);
    const sealingKey = record.sealingKey.slice();
    sealingKey[0]! ^= 1;
    return Organisation.encode({ ...record, sealingKey });
  } catch {
    return value;
  }
}
