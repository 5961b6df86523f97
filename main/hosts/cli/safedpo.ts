#!/usr/bin/env node
import { keepFilesPrivate } from '../../library/private-files.ts';
import { createProgram, runProgram } from './program.ts';

keepFilesPrivate();
process.exitCode = await runProgram(createProgram(), process.argv.slice(2));
