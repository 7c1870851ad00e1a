import { ProtoFile, proto, type UnionOf, type ValueOf } from './proto-file.ts';

// Messages of ABCI 2.0 as CometBFT 0.38 to 0.40 have them, fields that Ward neither reads nor sets
// left out: they are skipped when they come.

const { bytes, int32, int64, list, message, string, uint32, uint64 } = proto;

/** The file that all messages of ABCI belong to. */
export const abci = new ProtoFile('ward.abci');

const Nothing = abci.message('Nothing', {});

const Timestamp = abci.message('Timestamp', { seconds: int64(1), nanos: int32(2) });
export type Timestamp = ValueOf<typeof Timestamp>;

const PublicKey = abci.union('PublicKey', { ed25519: bytes(1), secp256k1: bytes(2) });

const ValidatorUpdate = abci.message('ValidatorUpdate', {
  key: message(1, PublicKey),
  power: int64(2),
});
export type ValidatorUpdate = ValueOf<typeof ValidatorUpdate>;

const BlockParameters = abci.message('BlockParameters', { maxBytes: int64(1), maxGas: int64(2) });
const VersionParameters = abci.message('VersionParameters', { app: uint64(1) });
const Duration = abci.message('Duration', { seconds: int64(1), nanos: int32(2) });
const EvidenceParameters = abci.message('EvidenceParameters', {
  maxAgeBlocks: int64(1),
  maxAge: message(2, Duration),
  maxBytes: int64(3),
});
const ConsensusParameters = abci.message('ConsensusParameters', {
  block: message(1, BlockParameters),
  evidence: message(2, EvidenceParameters),
  version: message(4, VersionParameters),
});

const Validator = abci.message('Validator', { address: bytes(1), power: int64(3) });
const Vote = abci.message('Vote', { validator: message(1, Validator), flag: int32(3) });
const CommitReport = abci.message('CommitReport', {
  round: int32(1),
  votes: list(message(2, Vote)),
});
export type CommitReport = ValueOf<typeof CommitReport>;

const Misbehavior = abci.message('Misbehavior', {
  type: int32(1),
  validator: message(2, Validator),
  height: int64(3),
  time: message(4, Timestamp),
  totalPower: int64(5),
});
export type Misbehavior = ValueOf<typeof Misbehavior>;

const Snapshot = abci.message('Snapshot', {
  height: uint64(1),
  format: uint32(2),
  chunks: uint32(3),
  hash: bytes(4),
  metadata: bytes(5),
});

const TransactionResult = abci.message('TransactionResult', {
  code: uint32(1),
  data: bytes(2),
});

const Text = abci.message('Text', { text: string(1) });

const InfoRequest = abci.message('InfoRequest', { version: string(1), abciVersion: string(4) });
const InfoAnswer = abci.message('InfoAnswer', {
  data: string(1),
  version: string(2),
  appVersion: uint64(3),
  lastHeight: int64(4),
  lastAppHash: bytes(5),
});

const InitChainRequest = abci.message('InitChainRequest', {
  time: message(1, Timestamp),
  chain: string(2),
  parameters: message(3, ConsensusParameters),
  validators: list(message(4, ValidatorUpdate)),
  appState: bytes(5),
  initialHeight: int64(6),
});
const InitChainAnswer = abci.message('InitChainAnswer', { appHash: bytes(3) });

const QueryRequest = abci.message('QueryRequest', { data: bytes(1), path: string(2) });
const QueryAnswer = abci.message('QueryAnswer', { code: uint32(1), log: string(3) });

const Carried = abci.message('Carried', { bytes: bytes(1) });
const Code = abci.message('Code', { code: uint32(1) });
const ReapRequest = abci.message('ReapRequest', { maxBytes: uint64(1), maxGas: uint64(2) });
const Containers = abci.message('Containers', { containers: list(bytes(1)) });

const CommitAnswer = abci.message('CommitAnswer', { retainHeight: int64(3) });

const SnapshotList = abci.message('SnapshotList', { snapshots: list(message(1, Snapshot)) });
const OfferRequest = abci.message('OfferRequest', {
  snapshot: message(1, Snapshot),
  appHash: bytes(2),
});
const ChunkRequest = abci.message('ChunkRequest', {
  height: uint64(1),
  format: uint32(2),
  chunk: uint32(3),
});
const ApplyRequest = abci.message('ApplyRequest', {
  index: uint32(1),
  chunk: bytes(2),
  sender: string(3),
});
const Status = abci.message('Status', { status: int32(1) });
const ApplyAnswer = abci.message('ApplyAnswer', {
  status: int32(1),
  refetchChunks: list(uint32(2)),
  rejectSenders: list(string(3)),
});

const PrepareRequest = abci.message('PrepareRequest', {
  maxBytes: int64(1),
  containers: list(bytes(2)),
  misbehavior: list(message(4, Misbehavior)),
  height: int64(5),
  time: message(6, Timestamp),
});

/** What a block says that is proposed, voted on or final. */
const BlockRequest = abci.message('BlockRequest', {
  containers: list(bytes(1)),
  lastCommit: message(2, CommitReport),
  misbehavior: list(message(3, Misbehavior)),
  hash: bytes(4),
  height: int64(5),
  time: message(6, Timestamp),
  nextValidatorsHash: bytes(7),
  proposer: bytes(8),
});

const FinalizeAnswer = abci.message('FinalizeAnswer', {
  results: list(message(2, TransactionResult)),
  validators: list(message(3, ValidatorUpdate)),
  parameters: message(4, ConsensusParameters),
  appHash: bytes(5),
});

const requests = {
  echo: message(1, Text),
  flush: message(2, Nothing),
  info: message(3, InfoRequest),
  initChain: message(5, InitChainRequest),
  query: message(6, QueryRequest),
  checkTx: message(8, Carried),
  commit: message(11, Nothing),
  listSnapshots: message(12, Nothing),
  offerSnapshot: message(13, OfferRequest),
  loadSnapshotChunk: message(14, ChunkRequest),
  applySnapshotChunk: message(15, ApplyRequest),
  prepareProposal: message(16, PrepareRequest),
  processProposal: message(17, BlockRequest),
  extendVote: message(18, Nothing),
  verifyVoteExtension: message(19, Nothing),
  finalizeBlock: message(20, BlockRequest),
  insertTx: message(21, Carried),
  reapTxs: message(22, ReapRequest),
};

const answers = {
  exception: message(1, Text),
  echo: message(2, Text),
  flush: message(3, Nothing),
  info: message(4, InfoAnswer),
  initChain: message(6, InitChainAnswer),
  query: message(7, QueryAnswer),
  checkTx: message(9, Code),
  commit: message(12, CommitAnswer),
  listSnapshots: message(13, SnapshotList),
  offerSnapshot: message(14, Status),
  loadSnapshotChunk: message(15, Carried),
  applySnapshotChunk: message(16, ApplyAnswer),
  prepareProposal: message(17, Containers),
  processProposal: message(18, Status),
  extendVote: message(19, Carried),
  verifyVoteExtension: message(20, Status),
  finalizeBlock: message(21, FinalizeAnswer),
  insertTx: message(22, Code),
  reapTxs: message(23, Containers),
};

export const AbciRequest = abci.union('AbciRequest', requests);
export type AbciRequest = UnionOf<typeof requests>;
export const AbciAnswer = abci.union('AbciAnswer', answers);
export type AbciAnswer = UnionOf<typeof answers>;

/** Names of the calls that CometBFT makes. */
export type AbciCall = NonNullable<AbciRequest['value']['case']>;
/** What a call asks. */
export type RequestOf<C extends AbciCall> = Extract<
  AbciRequest['value'],
  { readonly case: C }
>['value'];
/** What a call is answered with; fields that are left out are zero or empty. */
export type AnswerOf<C extends AbciCall> = Partial<
  Extract<AbciAnswer['value'], { readonly case: C }>['value']
>;
