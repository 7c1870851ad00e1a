import { join } from 'node:path';
import { getBody, getObject, getObjects, listNotices, packedName } from '@ward/charts';
import { proveState } from '@ward/ledger/schema';
import { callRaw, collectBody } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { alterStoredBytes, lie } from '../../hostile/index.ts';
import { counted, demand, demandRefusal } from '../step.ts';
import type { WalkState } from '../walk-state.ts';
import { catchLyingNodes, lieDuring } from './lie-during.ts';

const OBJECT_BYTES_MAX = 64 * 1024 * 1024;

function vaultOf(state: WalkState) {
  return state.network.server('hospital-a', 'vault');
}

/** A bit of a body is flipped on the vault's disk; flipped back afterwards. */
export async function catchAlteredRecord(state: WalkState): Promise<string> {
  const { wallet, sharedKind, sharedUnits } = state;
  const unit = sharedUnits[0]!;
  const bytes = await storedBody(state);
  const { origin } = vaultOf(state);
  const home = join(state.network.organisation('hospital-a').home, 'vault');
  const copies = alterStoredBytes({ folder: home, bytes });
  demand(copies > 0, 'the body stands on the disk of the vault');
  const open = () => wallet.records.open(sharedKind, unit);
  const code = await demandRefusal(['OBJECT_MISMATCH', 'RECORD_ERASED'], open);
  restore({ folder: home, bytes });
  // And where the vault does not look: its answer is altered on the way.
  const lies = [
    lie(getBody, flipped),
    lie(getObject, flipped),
    lie(getObjects, ({ objects }) => ({ objects: objects.map((one) => one && flipped(one)) })),
  ];
  await lieDuring(state, { origin, lies }, () =>
    demandRefusal(['OBJECT_MISMATCH', 'RECORD_ERASED'], open),
  );
  const records = await open();
  demand(records.length === unit.recordCount, 'the restored record opens');
  return `caught by the wallet, by the digest in the manifest (${code})`;
}

/** Flips one bit in the middle. */
function flipped(bytes: Uint8Array): Uint8Array {
  const altered = bytes.slice();
  altered[altered.length >> 1]! ^= 1;
  return altered;
}

function restore({ folder, bytes }: { folder: string; bytes: Uint8Array }): void {
  alterStoredBytes({ folder, bytes: flipped(bytes) });
}

/** The first body of the first unit, as the vault gives it. */
async function storedBody(state: WalkState): Promise<Uint8Array> {
  const { manifest } = state.sharedUnits[0]!.parsed!;
  const { bodies, packed } = manifest;
  const transport = httpTransport(vaultOf(state).origin);
  const { crypto } = state.wallet.connection.realm;
  const name = packed ? packedName(bodies, crypto) : bodies[0]!.digest;
  const body = packed
    ? await callRaw(getBody, { params: { name, index: 0 }, query: {}, body: null }, transport)
    : await callRaw(getObject, { params: { name }, query: {}, body: null }, transport);
  const bytes = await collectBody(body, OBJECT_BYTES_MAX);
  demand(bytes !== undefined, 'the vault gives the body');
  return bytes;
}

/** The vault says that it has no manifest. */
export async function catchWithheldUnit(state: WalkState): Promise<string> {
  const { wallet, sharedKind, sharedUnits } = state;
  const { origin } = vaultOf(state);
  const withhold = lie(getObjects, ({ objects }) => ({
    objects: objects.map((object, i) => (i === 0 ? null : object)),
  }));
  const found = await lieDuring(state, { origin, lies: [withhold] }, () =>
    wallet.records.list(sharedKind),
  );
  const withheld = found.filter(({ problem }) => problem === 'withheld').length;
  demand(withheld > 0, 'the unit is shown as withheld');
  demand(found.length >= sharedUnits.length, 'no unit is missing from the list');
  const missing = `${withheld} of them ${withheld === 1 ? 'is' : 'are'} withheld`;
  return `caught by the wallet: the ledger proves ${counted(found.length, 'unit')}, ${missing}`;
}

/** First the node says that the slot is empty, then the vault loses the notices. */
export async function catchHiddenEntry(state: WalkState): Promise<string> {
  const { wallet, sharedKind } = state;
  const hide = lie(proveState, (answer) => ({
    ...answer,
    items: answer.items.map((item) =>
      item.value === null
        ? item
        : { value: null, proof: { ...item.proof, terminal: { kind: 'empty' as const } } },
    ),
  }));
  const read = () => wallet.access.log(sharedKind);
  const { openings } = await read();
  const outcome = await catchLyingNodes(state, {
    ...{ lie: hide, code: 'PROOF_INVALID', work: read },
    isTrue: (shown) => shown.openings.length === openings.length,
  });
  const lose = lie(listNotices, () => ({ letters: [] }));
  const log = await lieDuring(state, { origin: vaultOf(state).origin, lies: [lose] }, read);
  const unexplained = log.openings.filter(({ isUnexplained }) => isUnexplained).length;
  demand(unexplained > 0, 'an entry without its notice is shown as unexplained');
  return (
    `caught by the wallet: the absence has no proof (${outcome}); without its notices the entry ` +
    'stands in the log as unexplained'
  );
}
