import { exitCodeOf } from '@ward/cli';
import { type ErrorKind, errorCatalogue, WardError } from '@ward/protocol';
import { fold } from './fold.ts';

const HEAD = `# Errors

Every refusal has a code that stays the same: programs branch on it, and nothing else. With it
come a sentence that says what happened, one that says what to do next, and data: numbers,
booleans, words of this list, or ids in hexadecimal; never a name, a text of a person, or
anything of a record.

\`error.code\`, \`error.data\` and \`error.docs\` (the link to its place on this page) stand on
every \`WardError\`. Servers answer \`application/problem+json\` with the status that is given here;
the command line ends with the exit status that is given here
([docs/cli.md](cli.md#exit-status)).

This page is made from the catalogues of all packages by \`npm run docs\`.
`;

/** docs/errors.md, from the catalogues of the packages that are loaded. */
export function errorsDocument(): string {
  const kinds = [...errorCatalogue()].sort(([a], [b]) => (a < b ? -1 : 1));
  return [HEAD, ...kinds.map(([code, kind]) => section(code, kind))].join('\n');
}

function section(code: string, kind: ErrorKind): string {
  const { status, text, next, fields, retry } = kind;
  const exit = exitCodeOf(new WardError(code, kind, {}));
  const data = fields.map((name) => `\`${name}\``).join(', ');
  const facts = [
    `status ${status}`,
    `exit ${exit}`,
    data === '' ? 'no data' : `data: ${data}`,
    ...(retry === true ? ['may be tried again as it is'] : []),
  ];
  return `## ${code}\n\n${fold(`${text} ${next}`)}\n\n${fold(facts.join(' · '))}\n`;
}
