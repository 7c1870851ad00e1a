/** Bounds of every server; a server may be given stricter or looser ones where it is made. */
export const SERVER_LIMITS = {
  /** Bytes of a body that is a format, where the door names no other. */
  bodyBytesMax: 1024 * 1024,
  /** Bytes of all bodies that stand in memory at once. */
  heldBytesMax: 512 * 1024 * 1024,
  /** Silence after which the rest of a body is not waited for. */
  bodyIdleMsMax: 20_000,
  /** From this age on a body must have come at `bodyBytesPerSecondMin`. */
  bodyGraceMs: 10_000,
  bodyBytesPerSecondMin: 1024,
  /** Time for the head of a request, from its first byte or, before one, the connection. */
  headersMsMax: 10_000,
  keepAliveMsMax: 65_000,
  connectionsMax: 4096,
  /** Requests in work at once. */
  requestsMax: 2048,
  /** Requests that one source may make in a burst, and each second in the long run. */
  sourceBurst: 4000,
  sourcePerSecond: 2000,
  /** Sources that are remembered at once; the one not seen for longest is forgotten. */
  sourcesMax: 20_000,
  /** Event streams open at once, in all and for one source. */
  streamsMax: 2000,
  streamsPerSourceMax: 200,
  heartbeatMs: 15_000,
  /** How long a connection may carry nothing in either direction while a request is in work. */
  stalledMsMax: 120_000,
  /** Nonces of one minute. */
  noncesPerMinuteMax: 500_000,
  /** Accounts and organisations whose proved records are used again. */
  membersMax: 10_000,
  memberAgeSecondsMax: 20,
  /** How long a shutdown waits for requests in work. */
  drainMsMax: 10_000,
} as const;

/** Limits as a server runs with them. */
export type ServerLimits = { readonly [N in keyof typeof SERVER_LIMITS]: number };
