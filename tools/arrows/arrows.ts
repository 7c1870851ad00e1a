/**
 * Who may import whom: each project with those directly below it. An import may go down any number
 * of steps, never up or aside. A project is a package, or `ledger/schema`, which clients use
 * without the state machine.
 */
export const ARROWS: { readonly [project: string]: readonly string[] } = {
  protocol: [],
  'ledger/schema': ['protocol'],
  ledger: ['ledger/schema'],
  engine: ['ledger'],
  charts: ['ledger/schema'],
  server: ['ledger/schema'],
  vault: ['charts', 'server'],
  custodian: ['charts', 'server'],
  sdk: ['charts'],
  gateway: ['sdk'],
  web: ['sdk'],
  node: ['engine', 'vault', 'custodian', 'gateway', 'server'],
  sandbox: ['node', 'sdk', 'vault', 'custodian'],
  cli: ['sandbox', 'sdk', 'node', 'vault', 'custodian'],
};

/** Simulated networks, faults, fixtures: it may import everything, only tests may import it. */
export const TESTKIT = 'testkit';

/** Packages without Node, DOM, clock or randomness; `adapters` give them the platform. */
export const PURE_PACKAGES: readonly string[] = ['protocol', 'ledger', 'charts'];
export const ADAPTERS = 'packages/protocol/adapters/';

/** All projects that `project` may import. */
export function below(project: string): ReadonlySet<string> {
  if (project === TESTKIT) return new Set([...Object.keys(ARROWS), TESTKIT]);
  const found = new Set<string>();
  const waiting = [...(ARROWS[project] ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(ARROWS[next] ?? []));
  }
  return found;
}

const SCHEMA_FILES =
  /^packages\/ledger\/(schema\/|contracts\/[^/]+\/(messages|state|events|errors)\.ts$)/;

/** Project that a file belongs to; undefined outside packages/. */
export function projectOf(path: string): string | undefined {
  if (SCHEMA_FILES.test(path)) return 'ledger/schema';
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

/** Project that `@ward/…` names; undefined for anything else. */
export function projectOfSpecifier(specifier: string): string | undefined {
  if (!specifier.startsWith('@ward/')) return undefined;
  if (specifier === '@ward/ledger/schema') return 'ledger/schema';
  return specifier.split('/')[1];
}

/** Folder of a package, as in `packages/vault`. */
export function packageFolder(path: string): string {
  return path.split('/').slice(0, 2).join('/');
}
