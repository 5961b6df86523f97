const leastSeconds = 1;

/**
 * Seconds left by the pace so far: called with the share done, which starts anew with each piece of work (a share below
 * the last). `null` in the first second and before anything is done.
 */
export function createPace(
  now: () => number = () => performance.now() / 1000,
): (fraction: number | null) => number | null {
  let began = now();
  let last = 0;
  return (fraction) => {
    const done = fraction ?? 0;
    if (done < last) began = now();
    last = done;
    const seconds = now() - began;
    return done === 0 || seconds < leastSeconds ? null : (seconds * (1 - done)) / done;
  };
}
