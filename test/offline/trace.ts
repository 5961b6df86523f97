import { spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What the processes of a program asked of the kernel, recorded outside of them by strace: native code and every child
 * included.
 */
export const hasStrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;

const sockets = ['socket', 'connect', 'bind', 'sendto', 'sendmsg', 'sendmmsg'];
const files = [
  'open',
  'openat',
  'openat2',
  'creat',
  'mkdir',
  'mkdirat',
  'rename',
  'renameat',
  'renameat2',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'mknod',
  'mknodat',
  'truncate',
];

/** How to start Node with everything it and its children do with sockets and files written to `record`. */
export function traced(
  record: string,
  args: readonly string[],
): { readonly executable: string; readonly args: readonly string[] } {
  return {
    executable: 'strace',
    args: [
      '-f',
      '-qq',
      '-y',
      '--seccomp-bpf',
      '-e',
      `trace=${[...sockets, ...files].join(',')}`,
      '-o',
      record,
      process.execPath,
      ...args,
    ],
  };
}

/** What was seen, each thing once, in the order of its first time. */
export interface Trace {
  /**
   * `bind 127.0.0.1:40123`, `connect ...`; sockets of the machine itself (AF_UNIX), which the C library asks for user
   * names, are no network.
   */
  readonly network: readonly string[];
  /** The files that the C library reads to look up the address of a name, and nothing else does. */
  readonly lookups: readonly string[];
  /** Absolute paths that were created, written to, or renamed to. */
  readonly written: readonly string[];
}

export async function readTrace(record: string): Promise<Trace> {
  const [network, lookups, written] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for await (const line of createInterface({ input: createReadStream(record) })) {
    const call = /^\d+ +(\w+)\((.*)$/.exec(line);
    if (call === null) continue;
    const [, name = '', given = ''] = call;
    if (sockets.includes(name)) {
      if (/AF_(?!UNIX\b)/.test(given)) network.add(describeSocket(name, given));
      continue;
    }
    // A folder that was to be made and was there already: nothing was written.
    if (name.startsWith('mkdir') && given.endsWith('= -1 EEXIST (File exists)')) continue;
    const paths = pathsOf(given);
    const opens = name.startsWith('open');
    if (opens && paths[0] !== undefined && /^[/]etc[/](hosts|host[.]conf|gai[.]conf)$/.test(paths[0]))
      lookups.add(paths[0]);
    if (!opens || /O_(CREAT|WRONLY|RDWR|TRUNC|TMPFILE)/.test(given))
      paths.filter((path) => !/^[/](dev|proc|sys)[/]/.test(path)).forEach((path) => written.add(path));
  }
  return { network: [...network], lookups: [...lookups], written: [...written] };
}

function describeSocket(call: string, given: string): string {
  const [, port, address] =
    /sa_family=AF_INET6?, sin6?_port=htons\((\d+)\).*?inet_(?:addr\(|pton\(AF_INET6, )"([^"]+)"/.exec(given) ?? [];
  return address === undefined ? `${call} ${/AF_\w+/.exec(given)?.[0] ?? given}` : `${call} ${address}:${port}`;
}

/** Paths among a call's arguments: each is a string, in the folder of the descriptor before it where it is relative. */
function pathsOf(given: string): string[] {
  return [...given.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].map(
    ([, folder = '/', path = '']) => resolve(folder, path),
  );
}
