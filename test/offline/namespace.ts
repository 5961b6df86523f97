import { spawnSync } from 'node:child_process';

const mark = 'SAFEDPO_OFFLINE_NAMESPACE';

/**
 * Runs this program again in a network namespace that has nothing but the loopback interface, where that is allowed,
 * and ends with it. Returns where it runs, in words.
 */
export function enterNamespace(): string {
  if (process.env[mark] !== undefined) return 'in a network namespace with a loopback interface only';
  const inside = (...command: readonly string[]) => [
    '--user',
    '--map-root-user',
    '--net',
    'sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    ...command,
  ];
  if (spawnSync('unshare', inside('true')).status !== 0)
    return 'not in a network namespace, which is not allowed here or needs unshare and ip';
  const { status } = spawnSync('unshare', inside(process.execPath, ...process.argv.slice(1)), {
    stdio: 'inherit',
    env: { ...process.env, [mark]: 'yes' },
  });
  process.exit(status ?? 1);
}
