import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { alignCommand } from './commands/align.ts';
import { compareCommand } from './commands/compare.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { generateCommand } from './commands/generate.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { labelsCommand } from './commands/labels.ts';
import { libraryCommand } from './commands/library.ts';
import { pairsCommand } from './commands/pairs.ts';
import { resumeCommand } from './commands/resume.ts';
import { runsCommand } from './commands/runs.ts';
import { sampleCommand } from './commands/sample.ts';
import { scoreCommand } from './commands/score.ts';
import { serveCommand } from './commands/serve.ts';
import { sweepCommand } from './commands/sweep.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import { endWithReader } from './io.ts';

/** The whole command line. Commands load the services when they run, so that `--help` is instant. */
export function createProgram(): Command {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const program = new Command('safedpo')
    .description('Make a language model safer on your own machine: SafeDPO training, evaluation and export, offline.')
    .version(version)
    .showHelpAfterError('(--help shows the options)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 bad usage or bad input, 3 does not fit (memory, disk), 130 ' +
        'interrupted.\nErrors have codes, listed in docs/errors.md.',
    );
  const commands = [
    doctorCommand(),
    inspectCommand(),
    importCommand(),
    pairsCommand(),
    labelsCommand(),
    libraryCommand(),
    trainCommand(),
    resumeCommand(),
    runsCommand(),
    compareCommand(),
    evaluateCommand(),
    scoreCommand(),
    generateCommand(),
    sweepCommand(),
    exportCommand(),
    verifyCommand(),
    alignCommand(),
    sampleCommand(),
    demoCommand(),
    serveCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Runs one command line and returns its exit code. Usage errors are 2, as JSON on standard output with `--json`. */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  process.stdout.on('error', endWithReader);
  // Progress that nobody reads any more is no reason to stop.
  process.stderr.on('error', () => undefined);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((child) => child.commands)]) {
    command.exitOverride();
    if (json) command.configureOutput({ writeErr: () => undefined });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    const message = error.message.replace(/^error: /, '');
    if (json)
      process.stdout.write(
        `${JSON.stringify({ error: { code: 'bad-usage', message, details: { reason: error.code } } })}\n`,
      );
    return 2;
  }
}
