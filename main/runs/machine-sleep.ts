/**
 * Looks at a run are a quarter of a second apart, so a gap this long means that nobody looked, or that the machine
 * slept.
 */
const gapMilliseconds = 10_000;

let lastLookAt = Date.now();
let lastWakeAt = 0;

/**
 * Since when this process has been looking without a gap, in milliseconds since 1970. After a sleep every heartbeat is
 * old, also that of an engine that slept too: silence counts only from here on.
 */
export function awakeSince(now = Date.now()): number {
  if (now - lastLookAt > gapMilliseconds) lastWakeAt = now;
  lastLookAt = now;
  return lastWakeAt;
}
