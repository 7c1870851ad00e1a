import { type Json, toHex } from '@ward/protocol';
import type { ValidatorView } from '@ward/sdk';
import { defineCommand } from '../../frame/define-command.ts';
import { shortId } from '../../frame/names.ts';
import { printable } from '../../frame/printable.ts';
import type { Screen } from '../../frame/screen.ts';
import { stakeJson } from '../../show/stake.ts';
import { isoTime } from '../../show/times.ts';

export const networkValidators = defineCommand({
  name: 'validators',
  summary: 'Who makes blocks, who may, who is in jail and who was away, each proved',
  owner: 'anyone',
  async run(_, { ward }) {
    const validators = await ward.network.validators();
    return {
      json: { validators: validators.map(validatorJson) },
      show: (screen) =>
        screen.table(
          [
            { title: 'id' },
            { title: 'organisation', mayShrink: true },
            { title: 'power' },
            { title: 'state' },
            { title: 'missed' },
            { title: 'bonded' },
          ],
          validators.map((each) => [
            ...[shortId(each.organisation), printable(each.name), `${each.power}`],
            stateCell(each, screen),
            `${each.missed} of ${each.missedMax}`,
            `${each.stake.bonded}`,
          ]),
          'Nobody has registered a validator.',
        ),
    };
  },
});

function stateCell({ jail, isApproved, power }: ValidatorView, screen: Screen) {
  if (jail?.kind === 'misbehaviour') return screen.cell('bad', 'jailed until a vote');
  if (jail !== null) return screen.cell('bad', `jailed until ${isoTime(jail.until)}`);
  if (!isApproved) return screen.cell('warning', 'not approved');
  return power > 0 ? screen.cell('good', 'makes blocks') : screen.cell('warning', 'too light');
}

function validatorJson({ organisation, publicKey, stake, jail, ...rest }: ValidatorView): Json {
  const { name, isApproved: approved, power, missed, missedMax } = rest;
  return {
    ...{ organisation: toHex(organisation), name, publicKey: toHex(publicKey), approved, power },
    jail: jail && {
      kind: jail.kind,
      until: jail.kind === 'absence' ? isoTime(jail.until) : null,
    },
    ...{ missed, missedMax, ...stakeJson(stake) },
  };
}
