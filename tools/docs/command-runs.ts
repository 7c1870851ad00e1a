// How each command that a document names is tried. A command without a rule fails a test, and so
// does a rule that no command needs any more.

/** What is done with a command. */
export type Treatment =
  /** Run as it stands, from the root of the repository. */
  | 'run'
  /** Run while the sandbox of the document is up, with its folder in a place of the test's. */
  | 'in-sandbox'
  /** A walk of its own: run as it stands, and its steps must hold. */
  | 'walk'
  /** A command line of `ward`: read as `ward` reads it; what it does, tests of the CLI try. */
  | 'read'
  /** Not run here, for the reason that follows. */
  | { readonly why: string };

export interface CommandRule {
  readonly matches: RegExp;
  readonly treatment: Treatment;
}

export const SANDBOX_START = 'npm start -- --home try-ward';

const whole = (text: string) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

export const COMMAND_RULES: readonly CommandRule[] = [
  { matches: whole('npm start'), treatment: { why: 'it stays up: the one with --home is run' } },
  { matches: whole(SANDBOX_START), treatment: 'in-sandbox' },
  { matches: /^npm run ward -- .* --home try-ward\//, treatment: 'in-sandbox' },
  { matches: whole('npm start -- --once'), treatment: { why: 'it is run with further options' } },
  { matches: /^npm start -- --once /, treatment: 'walk' },
  { matches: whole('npm start -- --json'), treatment: { why: 'run with --once' } },
  { matches: whole('npm start -- --home sandbox'), treatment: { why: 'the same in README.md' } },
  {
    matches: whole('npm run walk -- network'),
    treatment: { why: 'packages/sandbox/walk/walk.slow.test.ts walks it' },
  },
  { matches: /^npm test$/, treatment: { why: 'it is what runs this test' } },
  { matches: /^\.ci\/run$/, treatment: { why: 'it is what runs this test' } },
  {
    matches: /^npm run test:slow$/,
    treatment: { why: 'it is what runs the slow part of this test' },
  },
  {
    matches: /^npm run test:network$/,
    treatment: { why: 'it takes half an hour; npm run test:slow has a short set of it' },
  },
  {
    matches: /^npm run (docs|format|wire)$/,
    treatment: { why: 'it writes; npm test looks for what it would' },
  },
  { matches: /^npm install\b/, treatment: { why: 'it would change what the tests run on' } },
  {
    matches: /^npm pack\b/,
    treatment: { why: 'tools/pack/pack.slow.test.ts packs every package' },
  },
  {
    matches: /^npm run simulate\b/,
    treatment: { why: 'packages/testkit/simulation runs short ones; a million blocks take hours' },
  },
  { matches: /^npm run bench\b/, treatment: { why: 'a bench wants a quiet machine' } },
  {
    matches: /^npm run fuzz\b/,
    treatment: { why: 'npm run test:slow runs the same targets; the whole million takes hours' },
  },
  {
    matches: /^(tools\/install-chromium\.sh|npm run engine:install)$/,
    treatment: { why: '.ci/run begins with it' },
  },
  {
    matches: /^node tools\/bootstrap\.mjs tools\/vectors\/[a-z-]+\.ts$/,
    treatment: { why: 'it writes files; a test makes the same and compares' },
  },
  {
    matches: whole('node tools/bootstrap.mjs tools/vitest.ts run packages/protocol/cbor'),
    treatment: 'run',
  },
  {
    matches: /^node tools\/bootstrap\.mjs tools\/vitest\.ts run /,
    treatment: { why: 'the same with other folders' },
  },
  {
    matches: /^node examples\/[a-z-]+\.ts sandbox$/,
    treatment: { why: 'examples/examples.slow.test.ts runs it' },
  },
  {
    matches: /^node packages\/(node|vault|custodian)\/main\.ts --home \/var\/lib\//,
    treatment: { why: 'a test of that package starts it, in a folder of its own' },
  },
  {
    matches: /^curl -s http:\/\/127\.0\.0\.1:946\d\/(metrics|readyz|livez|version)\b/,
    treatment: { why: 'tools/deploy/ops-doors.test.ts asks the same doors' },
  },
  {
    matches: /^(systemctl|journalctl|timedatectl|useradd|df|du|ss|tail|cat|install)\b/,
    treatment: { why: 'it is of the machine of an operator, and would change this one' },
  },
  {
    matches: /org rename/,
    treatment: { why: 'a made-up message' },
  },
  { matches: /^(npm run ward --|ward) /, treatment: 'read' },
];
