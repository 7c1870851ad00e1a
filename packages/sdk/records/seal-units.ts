import {
  type BodySink,
  type ChartHeader,
  type SealedUnit,
  type UnitAuthor,
  type UnitInput,
  writeUnit,
} from '@ward/charts';
import type { Random, Realm } from '@ward/protocol';

/** Units of one chart that are to be sealed for one header, by one author. */
export interface UnitsToSeal {
  readonly units: readonly Pick<UnitInput, 'caption' | 'records'>[];
  readonly author: UnitAuthor;
  readonly header: ChartHeader;
}

/**
 * Seals units, in their order: here, or wherever a platform has more cores for it.
 *
 * @throws WardError as `writeUnit` of the charts package does.
 */
export type SealUnits = (wanted: UnitsToSeal, sink: BodySink) => Promise<SealedUnit[]>;

/** Seals unit by unit in this thread. */
export function sealHere(random: Random, realm: Realm): SealUnits {
  return async ({ units, author, header }, sink) => {
    const sealed: SealedUnit[] = [];
    for (const { caption, records } of units) {
      sealed.push(await writeUnit({ records, caption, author, header }, sink, random, realm));
    }
    return sealed;
  };
}
