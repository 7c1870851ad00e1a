import { getHeader } from '@ward/charts';
import { getLightBlock, Organisation, proveState } from '@ward/ledger/schema';
import { callEndpoint, equalBytes } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { lie } from '../../hostile/index.ts';
import { demandRefusal } from '../step.ts';
import type { WalkState } from '../walk-state.ts';
import { catchLyingNodes, lieDuring } from './lie-during.ts';

const MEMORY_MS = 10_000;

/** The node shows a block from before, with its genuine signature. */
export async function catchOldHead(state: WalkState): Promise<string> {
  const { origin } = state.network.server('hospital-a', 'node');
  const { header } = await state.wallet.ledger.head();
  const request = { params: { height: header.height - 1 }, query: {}, body: null };
  const old = await callEndpoint(getLightBlock, request, httpTransport(origin));
  const outcome = await catchLyingNodes(state, {
    ...{ lie: lie(getLightBlock, () => old), code: 'HEADER_BEHIND' },
    work: () => state.wallet.ledger.head(),
    isTrue: (head) => head.header.height >= header.height,
  });
  return `caught by the wallet, which keeps the newest block it has seen (${outcome})`;
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
  const falsify = lie(proveState, (answer) => ({
    ...answer,
    items: answer.items.map((item) => ({ ...item, value: withFalseKey(item.value) })),
  }));
  // A record that was proved a moment ago is used again for some seconds.
  await state.network.letPass(MEMORY_MS);
  const show = () => state.wallet.directory.show(state.id('hospital-b'));
  const isBs = ({ id }: { id: Uint8Array }) => equalBytes(id, state.id('hospital-b'));
  const { sealingKey } = state.network.networkFile.genesis.members.find(isBs)!.organisation;
  const outcome = await catchLyingNodes(state, {
    ...{ lie: falsify, code: 'PROOF_INVALID', work: show },
    isTrue: (shown) => equalBytes(shown.sealingKey, sealingKey),
  });
  const by = 'caught by the wallet: the record does not lead to the root that was signed';
  return `${by} (${outcome})`;
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
