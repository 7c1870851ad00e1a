import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { serverHome } from '../../servers/start-server.ts';
import { counted } from '../../show/times.ts';

export const vaultScrub = defineCommand({
  name: 'scrub',
  summary: 'Read all that the vault stores again, and set aside what the disk has altered',
  details: 'The vault has to be stopped. Exit status 4 when something was damaged.',
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
