import { toHex } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { shortId } from '../../frame/names.ts';
import { serverHome } from '../../servers/start-server.ts';
import { counted } from '../../show/times.ts';

export const custodianHandOver = defineCommand({
  name: 'hand-over',
  summary: 'Hand all shares to the successor, who has to run, and delete them here',
  details:
    'The custodian has to be stopped. Name the successor first: ward custodian successor. It may ' +
    'be broken off and run again. Exit status 4 when the successor did not take some.',
  owner: 'nobody',
  examples: ['ward --home laboratory custodian hand-over'],
  async run(_, session) {
    const { platform, progress } = session;
    const { crypto, clock, random, transport } = platform;
    const home = serverHome(session, 'custodian');
    const { createCustodian, loadCustodianHome } = await import('@ward/custodian');
    const own = await loadCustodianHome(home);
    const custodian = await createCustodian({
      ...{ ...own, home, connect: transport, clock, random, crypto },
      keyPair: crypto.ed25519.keyPair(own.serviceSeed),
      receiptKey: crypto.ed25519.keyPair(own.receiptSeed),
    });
    const bar = progress('Handing over');
    try {
      const { handedOn, refused } = await custodian.handOver(({ handedOn: done, total }) =>
        bar.update({ done, total, unit: 'shares' }),
      );
      const left = refused.map(({ chart, code }) => ({ chart: toHex(chart), code }));
      return {
        json: { handedOn, refused: left },
        exitCode: left.length === 0 ? EXIT.ok : EXIT.unverified,
        show: (screen) => {
          screen.line(`${counted(handedOn, 'share')} handed over.`, 'good');
          for (const { chart, code } of refused) {
            screen.line(`The share of chart ${shortId(chart)} stays here: ${code}`, 'warning');
          }
        },
      };
    } finally {
      bar.end();
      await custodian.close();
    }
  },
});
