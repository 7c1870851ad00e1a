/** Told how long the engine works on each block. */
export interface EngineWatch {
  /** A block was executed. @param durationMs As the clock of the process says, however long. */
  executed(durationMs: number): void;
  /** A block, or several at once, were made durable. */
  committed(durationMs: number): void;
}
