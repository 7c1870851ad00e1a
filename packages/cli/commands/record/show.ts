import { toHex } from '@ward/protocol';
import { findCharts } from '../../find/find-chart.ts';
import { findUnit, parseUnitPath, unitId } from '../../find/find-unit.ts';
import { pickRecords } from '../../find/pick-records.ts';
import { defineCommand, type Outcome } from '../../frame/define-command.ts';
import { writeNewFile } from '../../frame/files.ts';
import { flag, optional, path, text } from '../../frame/parameters.ts';
import { recordJson, showContent, showRecords } from '../../show/records.ts';
import { counted } from '../../show/times.ts';

export const recordShow = defineCommand({
  name: 'show',
  summary: 'Print one record, or list the records of a unit',
  owner: 'person',
  args: { unit: text('UNIT[/NUMBER]', 'id of a unit, and which of its records') },
  options: {
    chart: optional(text('CHART', 'look in this chart only')),
    raw: flag('the bytes as they were received'),
    out: optional(path('FILE', 'write the bytes into a file')),
  },
  examples: ['ward record show 4fa1c09b', 'ward record show 4fa1c09b/2 --out scan.pdf'],
  async run({ args, options }, { ward }): Promise<Outcome> {
    const { unit: wanted, index } = parseUnitPath(args.unit);
    const { kept, unit } = await findUnit(wanted, findCharts(options.chart, ward), ward);
    const records = pickRecords(await ward.records.open(kept.chart, unit), index);
    const [first] = records;
    const json = {
      unit: toHex(unitId(unit)),
      chart: toHex(kept.chart),
      kind: kept.kind,
      records: records.map(recordJson),
    };
    if (records.length > 1) {
      return {
        json,
        show: (screen) => {
          showRecords(records, screen);
          screen.line();
          screen.line(`${counted(records.length, 'record')}: ward record show ${wanted}/NUMBER`);
        },
      };
    }
    const { out, raw: isRaw } = options;
    if (out === undefined)
      return { json, show: (screen) => showContent(first!, { isRaw }, screen) };
    writeNewFile(out, first!.bytes);
    return { json, show: (screen) => screen.line(`The record is in ${out}.`, 'good') };
  },
});
