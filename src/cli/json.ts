import { Option } from 'commander';

/** What every command takes that prints something for people. */
export interface JsonOption {
  json?: boolean;
}

/** @param what is printed, as `the report` */
export function jsonOption(what: string): Option {
  return new Option('--json', `print ${what} as JSON, and nothing else, on standard output`);
}
