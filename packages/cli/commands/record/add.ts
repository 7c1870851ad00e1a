import { CHART_KINDS, CHART_LIMITS } from '@ward/charts';
import { word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { findCard, findChart } from '../../find/find-chart.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import {
  flag,
  integer,
  many,
  oneOf,
  optional,
  path,
  several,
  text,
} from '../../frame/parameters.ts';
import type { OwnerSession } from '../../frame/session.ts';
import { addAll, additionJson, awayOf, type ChartAddition } from '../../input/add-all.ts';
import {
  type AssignOptions,
  assignCharts,
  parsePatientCharts,
  type TargetChart,
} from '../../input/assign-charts.ts';
import { type FoundFile, findFiles, loadInputs } from '../../input/gather-inputs.ts';
import { showAdditions, showPlan } from '../../show/additions.ts';
import { showAway } from '../../show/backlog.ts';

const AUTHOR_DEFAULT = 'ward record add';

export const recordAdd = defineCommand({
  name: 'add',
  summary: 'Seal records into charts: FHIR R4, PDFs, images, any file',
  details:
    'FHIR resources and bundles (JSON or NDJSON) become units by encounter or document, each in ' +
    'the chart that it belongs to. Adding the same input twice adds nothing twice. An ' +
    'organisation needs cards, and says whose charts they are: --chart for one patient, ' +
    '--patient for several.',
  owner: 'either',
  args: { inputs: several(path('INPUT', 'files, folders, or - for standard input')) },
  options: {
    chart: many(text('CHART', "the patient's charts, by kind or id; one alone takes everything")),
    patient: many(text('REFERENCE=CHARTS', "a patient of the input with that patient's charts")),
    as: optional(oneOf(CHART_KINDS, 'KIND', 'put everything into charts of this kind')),
    mediaType: optional(text('TYPE', 'what the input is; told by name and content when left out')),
    author: optional(text('TEXT', 'who writes, in the words of the organisation'), AUTHOR_DEFAULT),
    copies: optional(
      integer('NUMBER', { min: 1, max: CHART_LIMITS.vaultsMax }, 'vaults that must have all of it'),
      '1',
    ),
    each: flag('plan every file for itself: for folders with a file for each patient'),
    plan: flag('say what would be added, and add nothing'),
  },
  examples: [
    'ward record add history.json scans/',
    'ward record add - --chart general < history.ndjson',
    'ward record add visit.json --patient Patient/7=4fa1c09b,91d00e3c',
  ],
  async run({ args, options }, session) {
    if (session.kind === 'organisation') await session.ward.access.collect();
    const files = findFiles(args.inputs);
    const rounds = options.each ? files.map((file) => [file]) : [files];
    if (options.plan) return plan(rounds, options, session);
    const additions: ChartAddition[] = [];
    for (const round of rounds) additions.push(...(await addRound(round, options, session)));
    const away = awayOf(additions.flatMap(({ added }) => added));
    await session.names.learn(away);
    return {
      json: { added: additions.map(additionJson) },
      show: (screen) => {
        showAdditions(additions, screen);
        showAway(away, session.names, screen);
      },
    };
  },
});

interface AddOptions {
  readonly chart: readonly string[];
  readonly patient: readonly string[];
  readonly as: (typeof CHART_KINDS)[number] | undefined;
  readonly mediaType: string | undefined;
  readonly author: string | undefined;
  readonly copies: number | undefined;
}

async function assign(files: readonly FoundFile[], options: AddOptions, session: OwnerSession) {
  const { crypto, terminal } = session.platform;
  const inputs = await loadInputs(files, options.mediaType, terminal);
  return assignCharts(inputs, targetsOf(options, session), crypto);
}

async function addRound(
  files: readonly FoundFile[],
  options: AddOptions,
  session: OwnerSession,
): Promise<ChartAddition[]> {
  const assigned = await assign(files, options, session);
  const bar = session.progress('Sealing');
  const credential = options.author ?? AUTHOR_DEFAULT;
  const { copies = 1 } = options;
  return addAll(
    assigned,
    ({ target: { chart } }, units, onProgress) =>
      session.kind === 'person'
        ? session.ward.records.add(chart, { units, copies, onProgress })
        : session.ward.records.add({ chart, units, credential, copies, onProgress }),
    bar,
  );
}

async function plan(
  rounds: readonly (readonly FoundFile[])[],
  options: AddOptions,
  session: OwnerSession,
): Promise<Outcome> {
  return showPlan(async (look) => {
    for (const round of rounds) {
      look(await loadInputs(round, options.mediaType, session.platform.terminal));
    }
  }, session.platform.crypto);
}

/** Which charts are meant, and whose they are. */
function targetsOf({ chart, patient, as }: AddOptions, session: OwnerSession): AssignOptions {
  if (chart.length > 0 && patient.length > 0) {
    throw refuse('FLAGS_CONFLICT', { flag: word('--chart'), other: word('--patient') });
  }
  const find = (wanted: string): TargetChart =>
    session.kind === 'person' ? findChart(wanted, session.ward) : ownCard(wanted, session);
  const byPatient = new Map(
    patient.map(parsePatientCharts).map((each) => [each.patient, each.charts.map(find)]),
  );
  const named = chart.map(find);
  const own = session.kind === 'person' ? session.ward.charts.list().filter(isOpen) : [];
  const only = named.length > 0 ? named : own;
  // A chart that was named alone is where everything shall go.
  return { only, byPatient, forced: as ?? (named.length === 1 ? named[0]!.kind : undefined) };
}

function isOpen({ isErased }: { readonly isErased: boolean }): boolean {
  return !isErased;
}

function ownCard(wanted: string, session: Extract<OwnerSession, { kind: 'organisation' }>) {
  const { chart, card } = findCard(wanted, session.ward);
  return { chart, kind: card.kind };
}
