import { makeRoster, objectName, type VerifiedHeader } from '@ward/charts';
import { collectBody, type Transport } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import type { SampleChart } from '@ward/testkit/sample-chart';
import { OTHER_VAULT, VaultHomes } from '@ward/testkit/vault-homes';
import type { VaultStage } from '@ward/testkit/vault-stage';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
let homes: VaultHomes;
/** The vault of another organisation, and the one that is away for a while. */
let other: VaultStage;
let vault: VaultStage;
let chart: SampleChart;
let roster: Uint8Array;
let seed = 500;

beforeAll(async () => {
  homes = await VaultHomes.start(crypto);
  other = await homes.openOther();
});
afterAll(() => homes.close());

beforeEach(async () => {
  homes.serveOther(other);
  vault = await homes.open();
  chart = vault.chart(seed++, [vault.id, other.id]);
  const first = chart.sign();
  await other.putHeader(first);
  await vault.publish(first, chart);
  roster = makeRoster([chart.random.bytes(32)], chart.random);
});

const asOwner = (each: VaultStage) => homes.stage.asOwner(chart, each.id);
const version = (n: number) => ({
  ...{ version: n, slot: chart.keys.slot(n).publicKey },
  nextSlot: chart.keys.slot(n + 1).publicKey,
});

/** The owner publishes the next header while one vault is away. */
async function publishElsewhere(changes: object = {}): Promise<VerifiedHeader> {
  await other.put(chart.chart, [{ kind: 'object', bytes: roster }], asOwner(other));
  const next = chart.sign({ ...version(1), roster: objectName(roster, crypto), ...changes });
  await other.publish(next, chart);
  return next;
}

describe('a vault that was away', () => {
  it('fetches the header that the ledger says is newer, and what it names', async () => {
    const next = await publishElsewhere();
    expect(await vault.getHeader(chart.chart)).not.toEqual(next.bytes);
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 2, objects: 1, damaged: 0 });
    expect(await vault.getHeader(chart.chart)).toEqual(next.bytes);
    expect(await vault.get(next.header.roster)).toEqual(roster);
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 0, objects: 1 });
  });

  it('goes on without it while the other is away too, and fetches it later', async () => {
    await publishElsewhere();
    homes.stage.serve(OTHER_VAULT, {
      name: OTHER_VAULT,
      send: () => Promise.reject(new Error('away')),
    });
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 0 });
    homes.serveOther(other);
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 2 });
  });

  it('fetches nothing that the owner has deleted here', async () => {
    const name = objectName(roster, crypto);
    await vault.put(chart.chart, [{ kind: 'object', bytes: roster }], asOwner(vault));
    await vault.delete({ chart: chart.chart, name }, asOwner(vault));
    await publishElsewhere();
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 1 });
    expect(await codeOfAsync(() => vault.get(name))).toBe('OBJECT_UNKNOWN');
  });

  it('fetches nothing for a chart that was erased but the header that says so', async () => {
    await publishElsewhere({ state: 'erased' });
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 1, objects: 0 });
  });

  it('takes no object with another digest, and no header that is not on the ledger', async () => {
    await publishElsewhere();
    // The owner's key signed it, and its slot was never carried.
    const forged = chart.sign({ ...version(2), roster: objectName(roster, crypto) });
    homes.stage.serve(OTHER_VAULT, lying(other.transport, forged.bytes));
    expect(await vault.vault.scrub()).toMatchObject({ fetched: 0, objects: 0 });
    expect(await vault.getHeader(chart.chart)).toEqual(chart.sign().bytes);
  });
});

/** A vault that gives another header, and alters objects. */
function lying(real: Transport, header: Uint8Array): Transport {
  return {
    name: OTHER_VAULT,
    async send(request, options) {
      const answer = await real.send(request, options);
      const bytes = (await collectBody(answer.body, 1e8))!;
      const said = request.target.includes('/header') ? header : bytes.map((byte) => byte ^ 1);
      const body = (async function* () {
        yield said;
      })();
      return { ...answer, body };
    },
  };
}
