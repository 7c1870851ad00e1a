import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { damageTails, fillHome, spoilDisk } from '@ward/testkit/network-disks';
import { wipe, wipeAndJoin } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const SMALL_DISK = 'size=96m';

/** Puts a small file system under a folder; needs the rights of the system. */
function mountSmall(path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', SMALL_DISK, 'tmpfs', path]).status === 0;
}

/** Whether this user may. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'ward-mount-'));
  const isMounted = mountSmall(folder);
  if (isMounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true });
  return isMounted;
}

describe.skipIf(isWithoutCometbft)('four validators with bad disks', () => {
  let mounted: string | undefined;
  const stage = new NetworkStage({
    ...{ seed: 4006, crypto },
    prepare: ([first]) => {
      if (mountSmall(first!.home)) mounted = first!.home;
    },
    release: () => {
      if (mounted !== undefined) spawnSync('umount', [mounted]);
    },
  });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  it.each([
    ['the ledger finds its disk full', () => spoilDisk(stage, { isFull: true, delayMs: 0 })],
    ['the disk takes 300 ms', () => spoilDisk(stage, { isFull: false, delayMs: 300 })],
    ['tails are torn and flipped', () => damageTails(stage, 12)],
    ['a node is wiped: block sync', () => wipe(stage, stage.nodes[1]!)],
    ['a node is wiped: state sync', () => wipeAndJoin(stage, stage.nodes[2]!)],
  ])('go on as one ledger where %s', async (fault, act) => {
    stage.report(fault, await stage.script.run(act));
  });

  it.skipIf(!canMount())('go on as one ledger where a file system of 96 MB is full', async () => {
    stage.report('full tmpfs', await stage.script.run(() => fillHome(stage, stage.nodes[0]!)));
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(100);
  });
});
