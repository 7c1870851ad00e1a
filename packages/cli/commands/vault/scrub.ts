import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { serverHome } from '../../servers/start-server.ts';
import { counted } from '../../show/times.ts';

export const vaultScrub = defineCommand({
  name: 'scrub',
  summary: 'Fetch what the vault missed, read all that it stores again, and mend it from others',
  details:
    'The vault has to be stopped; by itself it does the same every few hours. What no other ' +
    'vault has whole is set aside. Exit status 4 when something stays damaged.',
  owner: 'nobody',
  async run(_, session) {
    const { platform, progress } = session;
    const { crypto, clock, random, transport } = platform;
    const home = serverHome(session, 'vault');
    const { createVault, loadVaultHome } = await import('@ward/vault');
    const { organisation, networkFile, serviceSeed } = await loadVaultHome(home);
    const keyPair = crypto.ed25519.keyPair(serviceSeed);
    const ports = { connect: transport, clock, random, crypto };
    const vault = await createVault({ home, organisation, networkFile, keyPair, ...ports });
    const bar = progress('Scrubbing');
    try {
      const report = await vault.scrub({
        onProgress: ({ objects }) => bar.update({ done: objects, unit: 'objects' }),
      });
      const isWhole = report.damaged === 0;
      return {
        json: { ...report },
        exitCode: isWhole ? EXIT.ok : EXIT.unverified,
        show: (screen) => {
          const said = `${counted(report.objects, 'object')} read`;
          if (report.fetched > 0)
            screen.line(`${counted(report.fetched, 'missed object')} fetched.`);
          screen.line(
            isWhole ? `${said}, all whole.` : `${said}, ${report.damaged} damaged and set aside.`,
            isWhole ? 'good' : 'bad',
          );
        },
      };
    } finally {
      bar.end();
      await vault.close();
    }
  },
});
