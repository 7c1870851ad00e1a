import type { EngineWatch } from '../engine-watch.ts';
import type { AbciApplication } from './abci-server.ts';

/** The same application; what executing and committing take is told. */
export function timedApplication(
  application: AbciApplication,
  watch: EngineWatch | undefined,
): AbciApplication {
  if (watch === undefined) return application;
  return {
    ...application,
    async finalizeBlock(request) {
      const startMs = performance.now();
      const answer = await application.finalizeBlock(request);
      watch.executed(performance.now() - startMs);
      return answer;
    },
    async commit(request) {
      const startMs = performance.now();
      const answer = await application.commit(request);
      watch.committed(performance.now() - startMs);
      return answer;
    },
  };
}
