import { type Day, dateOf, instantOf, yearsBetween } from './calendar.ts';
import { type Concept, hl7 } from './codes.ts';
import type { Draws } from './draws.ts';
import type { Person } from './person.ts';
import {
  markedResource,
  type Reference,
  type Resource,
  type ResourceOptions,
  referenceTo,
} from './resource.ts';
import type { PractitionerRole, World } from './world.ts';

/** First and last minute of the day at which visits begin. */
const DOOR_OPENS = 8 * 60;
const DOOR_CLOSES = 17 * 60;
const VISIT_MINUTES = 30;

/** One line of a bill. */
export interface Charge {
  readonly what: Concept;
  readonly cents: number;
}

export interface VisitOptions {
  readonly day: Day;
  readonly type: Concept;
  /** ActCode: AMB at a practice, EMER and IMP at a hospital. */
  readonly place?: 'AMB' | 'EMER' | 'IMP';
  readonly role?: PractitionerRole;
  readonly reason?: Concept;
  readonly cents: number;
}

/** A visit while it lasts. */
export interface Visit {
  readonly day: Day;
  /** When it begins and ends. */
  readonly start: string;
  readonly end: string;
  readonly encounter: Reference;
  readonly practitioner: Reference;
  readonly organisation: Reference;
  readonly charges: Charge[];
  /** What the bill must name besides: diagnoses. */
  readonly conditions: Reference[];
  readonly isPsychiatric: boolean;
}

/** Everything that is known of a person's life so far, as FHIR. */
export class Story {
  readonly person: Person;
  readonly world: World;
  readonly draws: Draws;
  readonly today: Day;
  /** What a visit costs is charged when it ends. */
  readonly #bill: (story: Story, visit: Visit) => void;
  readonly #own: Resource[];
  readonly #shared = new Map<string, Resource>();

  constructor(
    person: Person,
    { world, today }: { readonly world: World; readonly today: Day },
    bill: (story: Story, visit: Visit) => void,
    draws: Draws,
  ) {
    this.person = person;
    this.world = world;
    this.today = today;
    this.draws = draws;
    this.#bill = bill;
    this.#own = [person.patient, person.coverage];
    this.share(world.payer);
  }

  get subject(): Reference {
    return referenceTo(this.person.patient);
  }

  /** Age in full years on a day. */
  ageOn(day: Day): number {
    return yearsBetween({ from: this.person.birthDay, to: day });
  }

  /** All resources, organisations and practitioners last. */
  get resources(): readonly Resource[] {
    return [...this.#own, ...this.#shared.values()];
  }

  /** Adds a resource about the person. */
  add(resourceType: string, elements: object, options: ResourceOptions = {}): Reference {
    const resource = markedResource(resourceType, this.draws.uuid(), elements, options);
    this.#own.push(resource);
    return referenceTo(resource);
  }

  /** Takes an organisation or practitioner into the story. */
  share(resource: Resource): Reference {
    this.#shared.set(resource.id, resource);
    return referenceTo(resource);
  }

  /** A visit, unless its day is not within the person's life so far. */
  visit(options: VisitOptions, happen: (visit: Visit) => void): void {
    const { day, type, place = 'AMB', role = 'family', reason, cents } = options;
    if (day < this.person.birthDay || day >= this.today) return;
    const minute = this.draws.between(DOOR_OPENS, DOOR_CLOSES);
    const start = instantOf(day, minute);
    const end = instantOf(day, minute + VISIT_MINUTES);
    const isPsychiatric = role === 'psychiatry';
    const practitioner = this.share(this.world.practitioners[role]);
    const organisation = this.share(place === 'AMB' ? this.world.clinic : this.world.hospital);
    const encounter = this.add(
      'Encounter',
      {
        status: 'finished',
        class: hl7('v3-ActCode', place).coding[0],
        type: [type],
        subject: this.subject,
        participant: [{ individual: practitioner }],
        period: { start, end },
        ...(reason === undefined ? {} : { reasonCode: [reason] }),
        serviceProvider: organisation,
      },
      { isPsychiatric },
    );
    const visit: Visit = {
      ...{ day, start, end, encounter, practitioner, organisation, isPsychiatric },
      charges: [{ what: type, cents }],
      conditions: [],
    };
    happen(visit);
    this.#bill(this, visit);
  }

  /** Elements that most resources of a visit begin with. */
  about({ encounter }: Visit): { readonly subject: Reference; readonly encounter: Reference } {
    return { subject: this.subject, encounter };
  }
}

/** `2026-11-22` of the day of a visit. */
export function visitDate({ day }: Visit): string {
  return dateOf(day);
}
