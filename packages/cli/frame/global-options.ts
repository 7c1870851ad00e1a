/** What every command line can say. */
export interface GlobalOptions {
  readonly home: string | undefined;
  readonly network: string | undefined;
  readonly output: 'table' | 'json';
  readonly debug: boolean;
  readonly quiet: boolean;
}
