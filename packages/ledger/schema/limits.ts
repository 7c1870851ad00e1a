/** Every bound of the ledger, in one place; they are consensus parameters. */
export const LEDGER_LIMITS = {
  /** Slots that one `WriteSlots` may write. */
  slotsPerMessageMax: 1000,
  /** Bytes of one stored value. */
  valueBytesMax: 64 * 1024,
  /** Events of one transaction. */
  eventsMax: 256,
  /** Keys of one account, past ones included. */
  keysPerAccountMax: 64,
  /** Organisations of a network: so many ids fit into the one value of the directory. */
  organisationsMax: 3_800,
  /** Validators that may be approved at one time. */
  validatorsMax: 200,
  /** Amounts of one stake that are on their way back. */
  unbondingsMax: 16,
  /** Proposals that are open at one time; the last places are for emergencies alone. */
  openProposalsMax: 128,
  openProposalsForEmergencies: 16,
  /** Open proposals of one organisation. */
  openProposalsPerMemberMax: 4,
  /** Length of the name of a release. */
  releaseBytesMax: 32,
  /** Keys of the state that one block looks at on the way to a contract's next version. */
  migratedPerBlockMax: 1000,
  /** Transactions of one block. */
  transactionsPerBlockMax: 20_000,
  /** Containers of one block, with what is none. */
  containersPerBlockMax: 100_000,
  /** Bytes of one block's transactions. */
  blockBytesMax: 16 * 1024 * 1024,
  /** Keys that one request may have proved. */
  provedKeysMax: 1000,
  /** Length of names and endpoints. */
  nameBytesMax: 100,
  endpointBytesMax: 200,
} as const;
