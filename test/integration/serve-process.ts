import { startServe } from './serve-harness.ts';

/**
 * `node serve-process.ts ROOT`: a serve host over the library of ROOT, alone in its process. Its first line is its
 * address; it ends with its input.
 */
const [root] = process.argv.slice(2);
const serve = await startServe([], root);
process.stdout.write(`${serve.urls[0] ?? ''}\n`);
process.stdin.on('end', () => void serve.end()).resume();
