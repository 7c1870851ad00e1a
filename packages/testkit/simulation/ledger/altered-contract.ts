import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BindContracts, bindBuiltIn, defineContract, OpenContract } from '@ward/ledger';
import { parseSync } from 'oxc-parser';
import { runModule } from '../../mutants.ts';

const folder = join(dirname(createRequire(import.meta.url).resolve('@ward/ledger')), 'contracts');

/** A rule of the product, and what stands in its place. */
export interface BrokenRule {
  /** File of one message's handler, below the folder of contracts. */
  readonly file: string;
  readonly rule: string;
  readonly broken: string;
}

/** The built-in contracts with one rule broken, all else being the product's own. */
export async function bindBroken({ file, rule, broken }: BrokenRule): Promise<BindContracts> {
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  if (source.split(rule).length !== 2) throw new Error(`${file} does not have once: ${rule}`);
  const modules: { [specifier: string]: object } = {};
  for (const { moduleRequest } of parseSync(path, source).module.staticImports) {
    const { value } = moduleRequest;
    const url = value.startsWith('.') ? pathToFileURL(join(dirname(path), value)).href : value;
    modules[value] = (await import(url)) as object;
  }
  const exported = runModule(path, source.replace(rule, broken), modules) as object;
  const [altered] = Object.values(exported) as { kind: { name: string } }[];
  return (host) => {
    const { contracts, authority } = bindBuiltIn(host);
    const [identity, network, slots] = contracts.map(({ contract }) => {
      const messages = contract.messages.map((handler) =>
        handler.kind.name === altered!.kind.name ? altered : handler,
      );
      return new OpenContract(defineContract({ ...contract, messages } as never), host);
    });
    return {
      contracts: [
        identity!.bind({ network: network!.queries } as never),
        network!.bind({ identity: identity!.queries } as never),
        slots!.bind(null as never),
      ],
      authority,
    };
  };
}
