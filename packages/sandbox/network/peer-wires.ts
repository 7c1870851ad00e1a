import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerProcess } from './server-process.ts';
import { Wire, type WireState } from './wire.ts';

/** Part of a node's `node.json` that says how it meets other nodes. */
interface NodeFile {
  readonly peering: { readonly address: string; readonly peers: readonly string[] };
}

/**
 * Wires to and from one node, so that it can be cut off as a failing network would: it dials its
 * peers over them, and they find the end of one where the node was before.
 */
export class PeerWires {
  readonly #node: ServerProcess;
  readonly #file: string;
  readonly #before: string;
  readonly #wires: Wire[] = [];

  private constructor(node: ServerProcess, file: string) {
    this.#node = node;
    this.#file = file;
    this.#before = readFileSync(file, 'utf8');
  }

  /**
   * Starts a node again with wires between it and its peers.
   *
   * @param organisationHome Folder of its organisation.
   */
  static async put(node: ServerProcess, organisationHome: string): Promise<PeerWires> {
    await node.stop();
    const wires = new PeerWires(node, join(organisationHome, 'node', 'node.json'));
    try {
      await wires.#lead();
      await node.start();
    } catch (error) {
      await wires.remove();
      throw error;
    }
    return wires;
  }

  async #lead(): Promise<void> {
    const file = JSON.parse(this.#before) as NodeFile;
    const { address, peers } = file.peering;
    const [host, port] = address.split(':') as [string, string];
    const own = await freeAddress(host);
    this.#wires.push(await Wire.open(own, { host, port: Number(port) }));
    const led: string[] = [];
    for (const peer of peers) {
      const [id, target] = peer.split('@') as [string, string];
      const wire = await Wire.open(target, { host });
      this.#wires.push(wire);
      led.push(`${id}@${wire.address}`);
    }
    const peering = { address: own, peers: led };
    writeFileSync(this.#file, JSON.stringify({ ...file, peering }, null, 2));
  }

  /** Both ways of all wires. */
  set(state: WireState): void {
    for (const wire of this.#wires) wire.set({ there: state, back: state });
  }

  /** Takes the wires away; the node starts again as it was. */
  async remove(): Promise<void> {
    await this.#node.stop();
    for (const wire of this.#wires) wire.close();
    writeFileSync(this.#file, this.#before);
    await this.#node.start();
  }
}

/** An address of this host that nobody has. */
async function freeAddress(host: string): Promise<string> {
  const wire = await Wire.open(`${host}:0`, { host });
  const { address } = wire;
  wire.close();
  return address;
}
