import { toHex, WardError } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { listOwnUnits, type WalkProgress } from './list-own-units.ts';
import { openOwnUnit } from './open-own.ts';
import { bodyPages, fetchPackedBodies } from './packed-bodies.ts';
import type { UnitSummary } from './unit-summary.ts';

/** A unit that does not hold, with the code that says why. */
export interface BrokenUnit {
  readonly unit: UnitSummary;
  readonly code: string;
}

/** What a full check of a chart found. */
export interface ChartCheck {
  readonly units: number;
  readonly records: number;
  readonly erased: number;
  readonly broken: readonly BrokenUnit[];
}

/**
 * Checks everything of a chart: slots, manifests, roots, authors, and every body down to its leaf.
 *
 * @throws WardError what the ledger's proofs throw; what is wrong with a unit is in the answer.
 */
export async function verifyOwnUnits(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
  onProgress: (progress: WalkProgress) => void = () => {},
): Promise<ChartCheck> {
  const units = await listOwnUnits(wallet, kept, connection, onProgress);
  const broken: BrokenUnit[] = [];
  let records = 0;
  let erased = 0;
  const vaults = new Vaults(kept.vaults, connection);
  const toOpen = ({ isErased, problem, parsed }: UnitSummary) =>
    isErased || problem !== undefined ? undefined : parsed;
  for (const page of bodyPages(units, toOpen)) {
    const wanted = page.flatMap((unit) => toOpen(unit) ?? []);
    const fetched = await fetchPackedBodies(wanted, vaults, connection);
    for (const unit of page) {
      if (unit.isErased) erased++;
      else if (unit.problem !== undefined) broken.push({ unit, code: unit.problem });
      else {
        try {
          const bodies = fetched.get(toHex(unit.label!));
          records += (await openOwnUnit(wallet, kept, unit, connection, bodies)).length;
        } catch (error) {
          if (!(error instanceof WardError)) throw error;
          broken.push({ unit, code: error.code });
        }
      }
    }
  }
  return { units: units.length, records, erased, broken };
}
