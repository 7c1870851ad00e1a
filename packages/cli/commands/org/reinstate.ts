import { defineStanding } from './define-standing.ts';

export const orgReinstate = defineStanding(
  {
    ...{ name: 'reinstate', verb: 'Reinstate', told: 'is a full member again.' },
    summary: 'End a suspension, as a registrar',
  },
  (id, network) => network.reinstate(id),
);
