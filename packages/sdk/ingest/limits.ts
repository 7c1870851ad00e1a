/** Every bound of reading what somebody hands in, in one place. */
export const INGEST_LIMITS = {
  /** A JSON or NDJSON file. */
  jsonBytesMax: 50 * 1024 * 1024,
  /** Objects and lists inside each other. */
  jsonDepthMax: 100,
  /** Members of one JSON object; the largest FHIR element has some 130. */
  jsonMembersMax: 10_000,
  /** Objects and lists whose ends are remembered while their file is read; others are walked. */
  longEndsMax: 500_000,
  /** Bundles inside each other; one that lies deeper is kept whole, as a resource. */
  bundleDepthMax: 4,
  /** Files of one call. */
  inputsMax: 10_000,
  /** Resources of one call. */
  resourcesMax: 100_000,
  /** References of all resources of one call. */
  referencesMax: 1_000_000,
  /** Identifiers of a resource by which conditional references find it. */
  identifiersMax: 16,
  /** Steps from a resource to the encounter that it belongs to. */
  followStepsMax: 4,
  /** Steps over which one resource makes another one sensitive, or lends it its patient. */
  spreadStepsMax: 16,
  /** Days between a resource and an encounter that it joins by way of other resources. */
  followDaysMax: 92,
  /** UTF-8 bytes of a record's name, and of its media type. */
  nameBytesMax: 256,
  mediaTypeBytesMax: 128,
  resourceTypeBytesMax: 64,
} as const;
