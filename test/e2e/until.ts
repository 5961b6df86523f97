import assert from 'node:assert/strict';

const patienceMilliseconds = 15_000;

/** Repeats a look until it is satisfied. */
export async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + patienceMilliseconds;
  while (!(await look())) {
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
