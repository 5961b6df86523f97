import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Whether the kernel itself can be asked, through strace; it sees native code too, and every child. */
export const hasStrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;
if (!hasStrace) console.warn('SKIPPED: the proof by strace, which is not installed or not allowed here (apt install strace). Node is hooked instead, which does not see native code.');

const hook = fileURLToPath(new URL('socket-hook.ts', import.meta.url));

/** How to start Node so that `file` tells what it and all its children do with network sockets. */
export function recordedNode(file: string, args: readonly string[]): { readonly executable: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv } {
  const straced = ['-f', '--seccomp-bpf', '-e', 'trace=connect,bind,sendto,sendmsg,sendmmsg', '-o', file, process.execPath, ...args];
  return hasStrace
    ? { executable: 'strace', args: straced, env: process.env }
    : { executable: process.execPath, args, env: { ...process.env, SAFEDPO_SOCKET_RECORD: file, NODE_OPTIONS: `--import ${hook}` } };
}

/** `connect ADDRESS:PORT`, `bind ADDRESS:PORT`, ... in the order they were called. Sockets of the machine itself (AF_UNIX), which the C library asks for user names, are no network. */
export function recordedCalls(file: string): readonly string[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : [];
  return hasStrace ? lines.filter((line) => /sa_family=AF_(?!UNIX)/.test(line)).map(describeCall) : lines;
}

function describeCall(line: string): string {
  const [, call, port, address] = /(\w+)\(.*sa_family=AF_INET6?, sin6?_port=htons\((\d+)\).*?inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"/.exec(line) ?? [];
  return call === undefined ? line : `${call} ${address}:${port}`;
}
