import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { printable } from '../../frame/printable.ts';
import { isoTime } from '../../show/times.ts';

export const ledgerStatus = defineCommand({
  name: 'status',
  summary: 'The newest block that verifies, and what the node says of itself',
  owner: 'anyone',
  async run(_, { ward, names, platform }) {
    const { header, hash, nextValidators } = await ward.ledger.head();
    const status = await ward.ledger.status({ unverified: true });
    await names.learn([status.organisation]);
    const time = isoTime(header.time.seconds);
    const ageSeconds = Math.max(0, Math.floor(platform.clock.nowMs() / 1000) - header.time.seconds);
    const network = toHex(ward.connection.networkFile.network);
    return {
      json: {
        head: { height: header.height, hash: toHex(hash), time, ageSeconds },
        ...{ network, chain: header.chain, validators: nextValidators.length },
        unverified: {
          ...{ software: status.software, engine: status.engine, height: status.height },
          ...{ organisation: toHex(status.organisation), oldestHeight: status.oldestHeight },
        },
      },
      show: (screen) => {
        screen.facts([
          ['height', `${header.height}`, 'good'],
          ['hash', toHex(hash)],
          ['time', `${time}, ${ageSeconds} s ago`],
          ['network', network],
          ['chain', printable(header.chain)],
          ['validators', `${nextValidators.length}`],
        ]);
        screen.line();
        screen.line('The node says of itself (not proved):', 'quiet');
        screen.facts([
          ['run by', names.of(status.organisation)],
          ['software', printable(status.software)],
          ['engine', status.engine],
          ['oldest height', `${status.oldestHeight}`],
        ]);
      },
    };
  },
});
