import { Command, InvalidArgumentError } from 'commander';

/** A command with the options that every command has. */
export function createCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print JSON on standard output')
    .option(
      '--library <folder>',
      'the library folder (default: SAFEDPO_LIBRARY, else the folder for application data)',
    );
}

/** Parses a number within limits, both included. */
export function numberOption(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most)
      throw new InvalidArgumentError(`Expected a number from ${least} to ${most}.`);
    return value;
  };
}

/** Parses a whole number within limits, both included. */
export function wholeOption(least: number, most: number): (text: string) => number {
  const parse = numberOption(least, most);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
    return value;
  };
}

/** Parses comma-separated values. */
export function listOption<Value>(parse: (text: string) => Value): (text: string) => Value[] {
  return (text) => text.split(',').map((part) => parse(part.trim()));
}

/** Takes one of some words. */
export function choiceOption<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`Expected one of ${words.join(', ')}.`);
    return word;
  };
}

/** What `--step` does, for the help of the commands that have it. */
export const stepHelp = 'use the checkpoint of this step (default: the newest; a damaged one is refused)';
