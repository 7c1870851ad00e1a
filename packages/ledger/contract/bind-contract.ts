import type { Format, Realm } from '@ward/protocol';
import type { WorkingState } from '../machine/working-state.ts';
import type { BlockReport } from './block-report.ts';
import type { Contract } from './define-contract.ts';
import { migratingDecoder } from './migration.ts';
import type { ReadRecordsOf, RecordsOf, State } from './records.ts';
import type { BlockPoint, Scope, Signers } from './scope.ts';
import { StateRecords } from './state-records.ts';

/** What the state machine gives to the contracts that it runs. */
export interface Host {
  readonly state: WorkingState;
  readonly realm: Realm;
  readonly chain: string;
  readonly block: BlockPoint;
  readonly signers: Signers;
  emit<V>(contract: string, event: Format<V>, body: V): void;
}

/** A contract over one state machine's state. */
export interface BoundContract {
  readonly contract: Contract<State, never, unknown>;
  readonly records: { readonly [name: string]: StateRecords<unknown> };
  /** Runs a message of the transaction at hand; undefined where the contract does not know it. */
  handler(name: string): BoundHandler | undefined;
  /** Does what the contract does at the beginning of a block. */
  begin(report: BlockReport): void;
}

/** Runs one kind of message over the state. */
export interface BoundHandler {
  (body: Uint8Array): void;
  readonly runsWhileHalted: boolean;
  readonly endsLedger: boolean;
}

/** The records of a contract, once for its handlers and for what others ask of it. */
export class OpenContract<S extends State, N, Q> {
  readonly contract: Contract<S, N, Q>;
  readonly records: { readonly [name: string]: StateRecords<unknown> };
  readonly queries: Q;
  readonly #host: Host;

  constructor(contract: Contract<S, N, Q>, host: Host) {
    this.contract = contract;
    this.#host = host;
    const records: { [name: string]: StateRecords<unknown> } = {};
    for (const [name, collection] of Object.entries(contract.state)) {
      const migrated = contract.migrate?.records[name];
      const decode = migratingDecoder(collection.value, migrated);
      records[name] = new StateRecords(collection, host.state, decode);
    }
    this.records = records;
    this.queries = contract.queries(records as unknown as ReadRecordsOf<S>);
  }

  /** Joins it to the queries that it needs of others. */
  bind(needs: N): BoundContract {
    const { contract, records } = this;
    const scope = contractScope<S, N>(contract.name, records, needs, this.#host);
    const handlers = new Map<string, BoundHandler>();
    for (const handler of contract.messages) {
      const { runsWhileHalted, endsLedger } = handler;
      const run = (body: Uint8Array) => handler.run(body, scope);
      handlers.set(handler.kind.name, Object.assign(run, { runsWhileHalted, endsLedger }));
    }
    return {
      contract: contract as unknown as Contract<State, never, unknown>,
      records,
      handler: (name) => handlers.get(name),
      begin: (report) => contract.begin?.(report, scope),
    };
  }
}

function contractScope<S extends State, N>(
  name: string,
  records: { readonly [name: string]: StateRecords<unknown> },
  needs: N,
  host: Host,
): Scope<S, N> {
  return {
    get block() {
      return host.block;
    },
    get signers() {
      return host.signers;
    },
    state: records as unknown as RecordsOf<S>,
    needs,
    realm: host.realm,
    chain: host.chain,
    emit: (event, body) => host.emit(name, event, body),
  };
}
