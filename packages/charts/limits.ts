/** Every bound of charts, units, grants and openings, in one place. */
export const CHART_LIMITS = {
  /** Cold rotations of one chart. */
  successionsMax: 16,
  /** Release keys that one header can list; the last is current. */
  releasesMax: 32,
  custodiansMax: 16,
  vaultsMax: 8,
  epochsMax: 65_536,
  /** Erased labels that stand in the header itself; more go into a set of their own. */
  erasedInlineMax: 256,
  erasedMax: 500_000,

  recordsPerUnitMax: 4096,
  manifestBytesMax: 512 * 1024,
  recordBytesMax: 4 * 1024 ** 3 - 1,
  metadataBytesMax: 4096,
  /** Units whose bodies take less are one object in the vault. */
  packedBytesMax: 1024 * 1024,
  bodyBytesMin: 1024,

  sourcesMax: 10_000,
  /** One-time keys of the owner that a sources object announces ahead. */
  ownerKeysMax: 4096,
  sourcesBytesMax: 4 * 1024 * 1024,

  grantsMax: 65_536,
  grantUnitsMax: 256,
  /** Seeds of one envelope: it fits an inbox even with all units. */
  grantEpochsMax: 128,
  /**
   * Openings of one grant. A custodian has every entry before the one shown proved present, in one
   * request to its node: 1,000 keys, with those of header, organisation and account.
   */
  openingsMax: 900,
  unitsPerOpeningMax: 256,
  /** How long an entry may be shown to custodians. */
  entryAgeSecondsMax: 600,
  /** Age of the newest block by which a custodian judges. */
  blockAgeSecondsMax: 60,
  inboxBytesMax: 16 * 1024,
  mailboxBytesMax: 64 * 1024,
  openingRequestBytesMax: 32 * 1024 * 1024,
} as const;
