import { toHex } from '@ward/protocol';
import { findCharts } from '../../find/find-chart.ts';
import { findUnit, parseUnitPath, unitId } from '../../find/find-unit.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { shortId } from '../../frame/names.ts';
import { flag, optional, text } from '../../frame/parameters.ts';
import { erasureJson, showErasure } from '../../show/erasure.ts';

export const recordErase = defineCommand({
  name: 'erase',
  summary: 'Erase a unit, or one record of it',
  details:
    'Custodians refuse the unit from the next block on, vaults delete it and sign for that. Who ' +
    'opened it before may have kept it; its slot stays, which says nothing.',
  owner: 'person',
  args: { unit: text('UNIT[/NUMBER]', 'id of a unit, and which of its records') },
  options: {
    chart: optional(text('CHART', 'look in this chart only')),
    yes: flag('do not ask whether you are sure'),
  },
  examples: ['ward record erase 4fa1c09b', 'ward record erase 4fa1c09b/2 --yes'],
  async run({ args, options }, { ward, ask, names }) {
    const { unit: wanted, index } = parseUnitPath(args.unit);
    const { kept, unit } = await findUnit(wanted, findCharts(options.chart, ward), ward);
    const id = shortId(unitId(unit));
    const what = index === undefined ? `unit ${id}` : `record ${index} of unit ${id}`;
    await ask.confirm(`Erase ${what} for good? Nobody can bring it back.`, options);
    const erasure =
      index === undefined
        ? await ward.records.eraseUnit(kept.chart, unit)
        : await ward.records.eraseRecord(kept.chart, unit, index);
    const signed = erasure.receipts.map(({ organisation }) => organisation);
    await names.learn([...signed, ...erasure.outstanding]);
    return {
      json: { unit: toHex(unitId(unit)), record: index ?? null, ...erasureJson(erasure) },
      show: (screen) => {
        screen.line(`Erased: ${what}.`, 'good');
        showErasure(erasure, names, screen);
      },
    };
  },
});
