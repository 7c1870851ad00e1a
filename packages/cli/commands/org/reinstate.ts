import { defineStanding } from './define-standing.ts';

export const orgReinstate = defineStanding(
  {
    ...{ name: 'reinstate', told: 'is a full member again.' },
    summary: 'End a suspension, as a registrar; else propose it',
  },
  (id, network) => network.reinstate(id),
);
