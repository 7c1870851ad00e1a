import { toHex } from '@ward/protocol';
import { findCharts } from '../../find/find-chart.ts';
import { unitId } from '../../find/find-unit.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { shortId } from '../../frame/names.ts';
import { optional, text } from '../../frame/parameters.ts';
import { counted } from '../../show/times.ts';

export const recordVerify = defineCommand({
  name: 'verify',
  summary: 'Check every unit down to the last byte: slots, manifests, authors, bodies',
  details: 'Exit status 4 when a unit is withheld, altered, or not by the author that it names.',
  owner: 'person',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  async run({ args }, { ward, progress }) {
    const checks: { kind: string; check: Awaited<ReturnType<typeof ward.records.verify>> }[] = [];
    for (const { chart, kind } of findCharts(args.chart, ward)) {
      const bar = progress(`Checking ${kind}`);
      const check = await ward.records.verify(chart, ({ units }) =>
        bar.update({ done: units, unit: 'units found' }),
      );
      bar.end();
      checks.push({ kind, check });
    }
    const isWhole = checks.every(({ check }) => check.broken.length === 0);
    return {
      json: {
        verified: isWhole,
        charts: checks.map(({ kind, check: { broken, ...counts } }) => ({
          ...{ kind, ...counts },
          broken: broken.map(({ unit, code }) => ({ unit: toHex(unitId(unit)), code })),
        })),
      },
      exitCode: isWhole ? EXIT.ok : EXIT.unverified,
      show: (screen) => {
        for (const { kind, check } of checks) {
          const { units, records, erased, broken } = check;
          const counts = `${counted(units, 'unit')}, ${counted(records, 'record')}`;
          const gone = erased === 0 ? '' : `, ${counted(erased, 'unit')} erased`;
          const tone = broken.length === 0 ? 'good' : 'bad';
          const verdict = broken.length === 0 ? 'all verified' : `${broken.length} do not verify`;
          screen.line(`${kind}: ${counts}${gone}: ${verdict}`, tone);
          for (const { unit, code } of broken) screen.line(`  ${shortId(unitId(unit))}  ${code}`);
        }
        if (checks.length === 0) screen.line('There are no charts to check.');
      },
    };
  },
});
