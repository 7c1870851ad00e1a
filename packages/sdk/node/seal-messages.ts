import type { Caption, ChartHeader, RecordMetadata, SealedUnit, UnitAuthor } from '@ward/charts';
import type { NetworkId } from '@ward/protocol';

/** Units that a thread is to seal; it has nothing of its process but what stands here. */
export interface SealJob {
  readonly number: number;
  readonly network: NetworkId;
  readonly header: ChartHeader;
  /** With the secret key: threads are of the process that has it anyway. */
  readonly author: UnitAuthor;
  readonly units: readonly {
    readonly caption: Caption;
    readonly records: readonly RecordMetadata[];
  }[];
  /** Bytes of all records, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** `ready` once; then an answer for each job, without units where it could not be done. */
export type FromSealThread =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'sealed';
      readonly number: number;
      readonly units: readonly SealedUnit[] | undefined;
    };
