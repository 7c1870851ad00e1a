import type { Role } from '@ward/ledger/schema';

export const ORGANISATION_NAMES = [
  'hospital-a',
  'hospital-b',
  'laboratory',
  'pharmacy',
  'payer',
  'registrar',
  'patients-association',
] as const;

/** A name of an organisation of the sandbox: its folder. */
export type OrganisationName = (typeof ORGANISATION_NAMES)[number];

/** Those that run nodes where several do, in the order in which they are chosen. */
export const NODE_RUNNERS: readonly OrganisationName[] = [
  'hospital-a',
  'laboratory',
  'payer',
  'patients-association',
  'hospital-b',
  'pharmacy',
  'registrar',
];

export const SERVER_KINDS = ['node', 'vault', 'custodian'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

/** A person at an organisation; nobody real. */
export interface StaffPlan {
  readonly name: string;
  readonly role: string;
}

/** What an organisation of the sandbox is and runs. */
export interface OrganisationPlan {
  /** Its folder, which is its name on this machine. */
  readonly folder: string;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Its servers with the ports that they get when those are free. */
  readonly servers: { readonly [K in ServerKind]?: number };
  /** Port at which its node meets others; where one has it, all nodes have. */
  readonly peer?: number;
  /** Whose vault keeps its letters. */
  readonly inbox: string;
  readonly staff: readonly StaffPlan[];
}

/**
 * Two hospitals that treat, five others that keep shares: no one of them can open anything alone.
 * Hospital A also runs the node and a vault; the patients' association runs a second vault, so that
 * no hospital is the only keeper of a record.
 */
export const SANDBOX_ORGANISATIONS: readonly OrganisationPlan[] = [
  {
    folder: 'hospital-a',
    name: 'Hospital A',
    roles: ['provider'],
    servers: { node: 4610, vault: 4611 },
    inbox: 'hospital-a',
    staff: [
      { name: 'Synthetic Person A1', role: 'physician' },
      { name: 'Synthetic Person A2', role: 'nurse' },
    ],
  },
  {
    folder: 'hospital-b',
    name: 'Hospital B',
    roles: ['provider'],
    servers: {},
    inbox: 'patients-association',
    staff: [
      { name: 'Synthetic Person B1', role: 'physician' },
      { name: 'Synthetic Person B2', role: 'nurse' },
    ],
  },
  custodian({ folder: 'laboratory', name: 'Laboratory', role: 'laboratory', port: 4621 }),
  custodian({ folder: 'pharmacy', name: 'Pharmacy', role: 'pharmacy', port: 4622 }),
  custodian({ folder: 'payer', name: 'Payer', role: 'payer', port: 4623 }),
  custodian({ folder: 'registrar', name: 'Registrar', role: 'registrar', port: 4624 }),
  {
    folder: 'patients-association',
    name: "Patients' association",
    roles: ['association'],
    servers: { vault: 4612, custodian: 4625 },
    inbox: 'patients-association',
    staff: [],
  },
];

/**
 * The organisations of the sandbox where the first `count` of {@link NODE_RUNNERS} each run a node
 * and none of them owns the ledger.
 */
export function withNodes(count: number): OrganisationPlan[] {
  const runners = NODE_RUNNERS.slice(0, count);
  return SANDBOX_ORGANISATIONS.map((plan) => {
    const place = runners.indexOf(plan.folder as OrganisationName);
    if (place === -1) return plan;
    const servers = { node: NODE_PORTS + place, ...plan.servers };
    return { ...plan, servers, peer: PEER_PORTS + place };
  });
}

const NODE_PORTS = 4630;
const PEER_PORTS = 4640;

function custodian(plan: {
  folder: OrganisationName;
  name: string;
  role: Role;
  port: number;
}): OrganisationPlan {
  const { folder, name, role, port } = plan;
  return {
    ...{ folder, name, roles: [role], servers: { custodian: port } },
    ...{ inbox: 'patients-association', staff: [] },
  };
}

const PLAIN_PORTS = { node: 4700, vault: 4720, custodian: 4740, peer: 4760 } as const;

/**
 * Organisations of a network that is no play: each runs a node, a vault and a custodian, and keeps
 * its own letters.
 */
export function plainOrganisations(count: number): OrganisationPlan[] {
  const { node, vault, custodian, peer } = PLAIN_PORTS;
  return Array.from({ length: count }, (_, i) => {
    const folder = `organisation-${i + 1}`;
    return {
      ...{ folder, name: `Organisation ${i + 1}`, roles: ['provider'] as const },
      servers: { node: node + i, vault: vault + i, custodian: custodian + i },
      ...{ peer: peer + i, inbox: folder, staff: [] },
    };
  });
}
