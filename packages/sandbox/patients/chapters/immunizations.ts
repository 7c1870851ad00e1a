import { vaccinate } from '../acts.ts';
import { addYears, DAYS_PER_YEAR } from '../calendar.ts';
import { type Concept, ENCOUNTER_TYPES, VACCINES } from '../codes.ts';
import type { Story } from '../story.ts';

const DAYS_PER_MONTH = 30;
/** Vaccinations further back stayed on paper. */
const KEPT_YEARS = 16;

/** Vaccines by age in months, after the usual schedule for children and teenagers. */
const CHILD_SCHEDULE: readonly (readonly [months: number, vaccines: readonly Concept[]])[] = [
  [0, [VACCINES.hepatitisB]],
  [2, [VACCINES.dtap, VACCINES.hib, VACCINES.pneumococci, VACCINES.polio, VACCINES.rotavirus]],
  [4, [VACCINES.dtap, VACCINES.hib, VACCINES.pneumococci, VACCINES.polio, VACCINES.rotavirus]],
  [6, [VACCINES.dtap, VACCINES.pneumococci, VACCINES.hepatitisB]],
  [12, [VACCINES.measles, VACCINES.chickenpox, VACCINES.hepatitisA]],
  [50, [VACCINES.dtap, VACCINES.polio, VACCINES.measles, VACCINES.chickenpox]],
  [134, [VACCINES.tetanusTeen, VACCINES.hpv, VACCINES.meningococci]],
  [140, [VACCINES.hpv]],
];

/** By age in years. */
const ADULT_SCHEDULE: readonly (readonly [years: number, vaccines: readonly Concept[]])[] = [
  [31, [VACCINES.tetanus]],
  [41, [VACCINES.tetanus]],
  [51, [VACCINES.tetanus, VACCINES.zoster]],
  [61, [VACCINES.tetanus]],
  [66, [VACCINES.pneumococciAdult]],
  [71, [VACCINES.tetanus]],
];

/** Vaccinations by age, those of the last years. */
export function writeImmunizations(story: Story): void {
  const { birthDay } = story.person;
  const planned = [
    ...CHILD_SCHEDULE.map(([months, vaccines]) => ({
      day: birthDay + months * DAYS_PER_MONTH + story.draws.between(1, 12),
      vaccines,
    })),
    ...ADULT_SCHEDULE.map(([years, vaccines]) => ({
      day: addYears(birthDay, years) + story.draws.between(5, 90),
      vaccines,
    })),
  ];
  for (const { day, vaccines } of planned) {
    if (story.today - day > KEPT_YEARS * DAYS_PER_YEAR) continue;
    story.visit({ day, type: ENCOUNTER_TYPES.checkUp, cents: 7500 }, (visit) => {
      for (const vaccine of vaccines) vaccinate(story, visit, vaccine);
    });
  }
}
