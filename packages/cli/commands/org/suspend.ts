import { defineStanding } from './define-standing.ts';

export const orgSuspend = defineStanding(
  {
    ...{ name: 'suspend', told: 'is suspended: it can write and open nothing.' },
    summary: 'Stop an organisation from writing and opening, as a registrar; else propose it',
  },
  (id, network) => network.suspend(id),
);
