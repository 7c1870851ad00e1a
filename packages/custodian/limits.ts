/** Bounds of a custodian; those of one custodian may be set where it is made. */
export const CUSTODIAN_LIMITS = {
  /** Shares in all, and of one chart. */
  sharesMax: 20_000_000,
  sharesPerChartMax: 64,
  /** Shares that may be dealt from one place in a day: anybody can make a chart. */
  dealsDayMax: 20_000,
  /** A request for an opening may be this much older or newer than the clock. */
  requestAgeSecondsMax: 120,
  /** How long a repeated request brings no second notice, and how many are remembered. */
  repeatSeconds: 600,
  repeatsMax: 100_000,
  /** How long other nodes are asked for a block that has the entry. */
  entryWaitMsMax: 2000,
  /** Grants whose proved entries are remembered. */
  grantsMax: 100_000,
  /** Refusals of a chart in a day that are told one by one; then their number is told. */
  refusalsToldMax: 5,
  chartsTalliedMax: 100_000,
  /** Mailbox keys that are kept ready. */
  mailboxKeysMax: 10_000,
  /** How long a vault may take to accept a notice, and how much longer others than the first. */
  noticeMsMax: 3000,
  noticeGraceMs: 250,
  /** Room on the disk below which its operator is told. */
  freeBytesMin: 64 * 1024 * 1024,
} as const;

/** Limits as a custodian runs with them. */
export type CustodianLimits = { readonly [N in keyof typeof CUSTODIAN_LIMITS]: number };
