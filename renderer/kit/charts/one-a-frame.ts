const waiting = new Set<() => void>();

/**
 * Does heavy drawing after the page that holds it is on screen, one piece a frame, so that a page appears at once and
 * its charts fill in. Returns the function that calls it off.
 */
export function drawWhenShown(draw: () => void): () => void {
  waiting.add(draw);
  if (waiting.size === 1) requestAnimationFrame(next);
  return () => void waiting.delete(draw);
}

function next(): void {
  // A task of its own: inside the frame's callback it would hold up the frame.
  setTimeout(() => {
    const [draw] = waiting;
    if (draw === undefined) return;
    waiting.delete(draw);
    if (waiting.size > 0) requestAnimationFrame(next);
    draw();
  });
}
