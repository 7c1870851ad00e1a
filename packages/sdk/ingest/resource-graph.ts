import { equalBytes } from '@ward/protocol';
import { refuse } from './errors.ts';
import { INGEST_LIMITS as LIMITS } from './limits.ts';
import type { ReferenceFact, ResourceFacts } from './read-resource.ts';

/** A resource or plain file of the input. */
export interface InputNode {
  /** Number of the input that it stands in. */
  readonly input: number;
  readonly fullUrl: string;
  /** A plain file has the type ''. */
  readonly facts: ResourceFacts;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly name: string;
  readonly inputDigest: Uint8Array;
}

/** A reference that leads to another resource of the input. */
export interface Edge {
  /** Number of the resource. */
  readonly target: number;
  readonly element: string;
}

/** A reference that leads out of the input. */
export interface OpenReference extends ReferenceFact {
  readonly isResolved: false;
}
export interface ResolvedReference extends ReferenceFact {
  readonly isResolved: true;
  readonly node: number;
}
export type GraphReference = OpenReference | ResolvedReference;

const TYPED_TAIL = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/;
const RELATIVE = /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/;
const AMBIGUOUS = -1;

/** `https://host/base/` of `https://host/base/Patient/1`; empty for anything else. */
function baseOf(fullUrl: string): string {
  if (!/^https?:\/\//.test(fullUrl)) return '';
  const tail = TYPED_TAIL.exec(fullUrl)?.[1];
  return tail === undefined ? '' : fullUrl.slice(0, fullUrl.length - tail.length);
}

function keysOf({ fullUrl, facts }: InputNode): string[] {
  const { type, id, identifiers } = facts;
  const keys = [...identifiers];
  if (fullUrl !== '') keys.push(fullUrl);
  if (id !== '') keys.push(`${type}/${id}`, `urn:uuid:${id}`);
  else {
    const tail = TYPED_TAIL.exec(fullUrl)?.[1];
    if (tail !== undefined) keys.push(tail);
  }
  return keys;
}

/** Two of the same id are one resource, perhaps in two versions, or two that only share the id. */
function isSame(one: InputNode, other: InputNode): boolean {
  if (equalBytes(one.inputDigest, other.inputDigest)) return true;
  if (one.fullUrl !== other.fullUrl) return false;
  return one.fullUrl !== '' || one.input === other.input;
}

/**
 * Resources and where their references lead: by `fullUrl`, by `Type/id`, by identifier; first in
 * the file of the reference, then in the others. A reference that fits two resources leads to none
 * of them (FHIR R4, Bundle, section 2.36.4.1).
 */
export class ResourceGraph {
  readonly nodes: readonly InputNode[];
  /** Of each resource, in the order in which they stand. */
  readonly references: readonly (readonly GraphReference[])[];
  readonly forward: readonly (readonly Edge[])[];
  /** Resources that refer to each. */
  readonly backward: readonly (readonly Edge[])[];

  readonly #own: Map<string, number>[] = [];
  readonly #all = new Map<string, number>();

  constructor(nodes: readonly InputNode[]) {
    this.nodes = nodes;
    nodes.forEach((node, index) => {
      this.#add(node, index);
    });
    let count = 0;
    this.references = nodes.map((node) => {
      count += node.facts.references.length;
      const max = LIMITS.referencesMax;
      if (count > max) throw refuse('INPUT_TOO_MANY', { max });
      return node.facts.references.map((reference) => this.#resolved(node, reference));
    });
    const backward: Edge[][] = nodes.map(() => []);
    this.forward = this.references.map((references, index) => {
      const edges: Edge[] = [];
      for (const reference of references) {
        if (!reference.isResolved || reference.node === index) continue;
        edges.push({ target: reference.node, element: reference.element });
        backward[reference.node]!.push({ target: index, element: reference.element });
      }
      return edges;
    });
    this.backward = backward;
  }

  typeOf(index: number): string {
    return this.nodes[index]!.facts.type;
  }

  #add(node: InputNode, index: number): void {
    let own = this.#own[node.input];
    if (own === undefined) {
      own = new Map();
      this.#own[node.input] = own;
    }
    for (const key of keysOf(node)) {
      this.#claim(own, key, index);
      this.#claim(this.#all, key, index);
    }
  }

  /** The first resource of a key keeps it; another resource that claims it makes it ambiguous. */
  #claim(keys: Map<string, number>, key: string, index: number): void {
    const known = keys.get(key);
    if (known === undefined) keys.set(key, index);
    else if (known !== AMBIGUOUS && !isSame(this.nodes[known]!, this.nodes[index]!)) {
      keys.set(key, AMBIGUOUS);
    }
  }

  #find(input: number, key: string): number | undefined {
    const found = this.#own[input]?.get(key) ?? this.#all.get(key);
    return found === AMBIGUOUS ? undefined : found;
  }

  #resolved(from: InputNode, reference: ReferenceFact): GraphReference {
    const node = this.#nodeOf(from, reference.target);
    if (node === undefined) return { ...reference, isResolved: false };
    return { ...reference, isResolved: true, node, type: this.typeOf(node) };
  }

  #nodeOf({ input, fullUrl }: InputNode, target: string): number | undefined {
    const base = RELATIVE.test(target) ? baseOf(fullUrl) : '';
    const exact = base === '' ? undefined : this.#find(input, base + target);
    const found = exact ?? this.#find(input, target);
    if (found !== undefined) return found;
    const tail = baseOf(target) === '' ? undefined : TYPED_TAIL.exec(target)?.[1];
    const similar = tail === undefined ? undefined : this.#find(input, tail);
    // The same id on another server is another resource.
    if (similar === undefined || baseOf(this.nodes[similar]!.fullUrl) !== '') return undefined;
    return similar;
  }
}
