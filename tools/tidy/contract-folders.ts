import type { Finding, Rule } from './rule.ts';
import type { SourceFile } from './source-file.ts';

const CONTRACTS = 'packages/ledger/contracts/';
const ALWAYS_THERE = ['README.md', 'messages.ts', 'state.ts', 'index.ts'];

/** `AdmitOrganisation` lives in `admit-organisation.ts`. */
function handlerFile(message: string): string {
  return `${message.replaceAll(/(?<=[a-z0-9])[A-Z]/g, '-$&').toLowerCase()}.ts`;
}

function messagesIn(file: SourceFile | undefined): string[] {
  const declared = file?.text.matchAll(/defineMessage\(\s*'[\w-]+',\s*'(\w+)'/g) ?? [];
  return [...declared].map(([, name]) => name!);
}

/** Every contract has the files that a reader looks for, and a handler for each message. */
export const contractFolders: Rule = (files) => {
  const own = files.filter(
    ({ path }) => path.startsWith(CONTRACTS) && path.slice(CONTRACTS.length).includes('/'),
  );
  const names = new Set(own.map(({ path }) => path.slice(CONTRACTS.length).split('/')[0]!));
  return [...names].flatMap((name): Finding[] => {
    const folder = `${CONTRACTS}${name}/`;
    const present = new Map(
      own
        .filter(({ path }) => path.startsWith(folder))
        .map((file) => [file.path.slice(folder.length), file]),
    );
    const handlers = messagesIn(present.get('messages.ts')).map(handlerFile);
    return [...ALWAYS_THERE, `${name}.test.ts`, ...handlers]
      .filter((wanted) => !present.has(wanted))
      .map((wanted) => ({ path: folder, what: `has no ${wanted}` }));
  });
};
