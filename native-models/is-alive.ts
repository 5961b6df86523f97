import { readFileSync } from 'node:fs';

/** Whether a process of that number works: one that has ended and waits to be noticed by its parent does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !hasEnded(pid);
}

/**
 * In a container without an init process nobody ever collects those whose parent is gone. Linux tells; elsewhere it is
 * taken to live.
 */
function hasEnded(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(/\)(?=[^)]*$)/);
    return /^ [ZX] /.test(afterName);
  } catch {
    return false;
  }
}
