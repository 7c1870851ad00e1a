const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Bounds of a vault; those of one vault may be set where it is made. */
export const VAULT_LIMITS = {
  /** What one organisation may store: in all, and for one chart. */
  organisationBytesMax: 1024 * GIB,
  organisationChartBytesMax: 64 * GIB,
  /** What the owner of a chart may store for it. */
  ownerChartBytesMax: 64 * GIB,
  /** What owners at one place may store in a day: anybody can make a chart. */
  ownerDayBytesMax: 64 * GIB,
  /** Headers that owners at one place may publish in a day. */
  headersDayMax: 20_000,
  /** Headers of one chart that wait for their slot to be carried. */
  waitingHeadersMax: 16,
  /** A header whose slot is not carried in this time may make room for another. */
  waitingSecondsMax: 600,
  /** Between two rounds in which all is read again, and how fast that goes. */
  scrubEverySeconds: 6 * 3600,
  scrubBytesSecondMax: 16 * MIB,
  /** Room on the disk that is left alone. */
  freeBytesMin: 256 * MIB,
  /** Bytes of a batch of objects, as it travels. */
  batchBytesMax: 34 * MIB,
  /** Bytes of the objects that one request for several gets. */
  answerBytesMax: 32 * MIB,
  /** Objects up to this size are answered from memory. */
  wholeBytesMax: 2 * MIB,
  /** Bytes of several notices in one request: the most and the longest have room in it. */
  noticesBytesMax: 3 * MIB,
  /** Notices in a day from one organisation for one chart, before they are only counted. */
  noticesDayMax: 20,
  /** Letters of one inbox, and what one place may leave at once and in an hour. */
  inboxLettersMax: 100_000,
  lettersBurst: 5000,
  lettersHourMax: 5000,
  /** Letters in one answer, and their bytes. */
  pageLettersMax: 1000,
  pageBytesMax: 8 * MIB,
} as const;

/** Limits as a vault runs with them. */
export type VaultLimits = { readonly [N in keyof typeof VAULT_LIMITS]: number };
