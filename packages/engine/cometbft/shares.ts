/**
 * Parts of something bounded that several take. Nobody may take more than what is left for all the
 * others: one who takes all it can gets half, a second one half of the rest, and there is always
 * room for one who has little.
 */
export class Shares {
  readonly #max: number;
  readonly #taken = new Map<string, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get total(): number {
    return this.#total;
  }

  of(who: string): number {
    return this.#taken.get(who) ?? 0;
  }

  hasRoom(who: string): boolean {
    return this.of(who) < this.#max - this.#total;
  }

  take(who: string, amount: number): void {
    this.#taken.set(who, this.of(who) + amount);
    this.#total += amount;
  }

  give(who: string, amount: number): void {
    const rest = this.of(who) - amount;
    if (rest <= 0) this.#taken.delete(who);
    else this.#taken.set(who, rest);
    this.#total -= amount;
  }
}
