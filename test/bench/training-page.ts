import type { CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { percentile } from './figures.ts';
import { largestOf } from '../../native-models/extremes.ts';

/** Times between frames, in milliseconds, while the page scrolls and the run goes on. */
async function frameTimes(page: Page, seconds: number): Promise<number[]> {
  const measured: unknown = await page.evaluate(`new Promise((resolve) => {
    const times = [];
    const main = document.querySelector('main');
    let last = performance.now();
    const end = last + ${seconds * 1000};
    const frame = (now) => {
      times.push(now - last);
      last = now;
      main.scrollTop = (main.scrollTop + 4) % 400;
      if (now < end) requestAnimationFrame(frame); else resolve(times.slice(1));
    };
    requestAnimationFrame(frame);
  })`);
  return z.array(z.number()).parse(measured);
}

async function heapBytes(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  return (await devtools.send('Runtime.getHeapUsage')).usedSize;
}

/** Seconds of the main thread's work since it began. */
async function busySeconds(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
}

/**
 * Frames, work and memory of the training page over `rounds` rounds; the page must show a run that grows by
 * `stepsPerSecond`.
 */
export async function measureTrainingPage(
  page: Page,
  {
    rounds,
    secondsPerRound,
    stepsPerSecond,
  }: { readonly rounds: number; readonly secondsPerRound: number; readonly stepsPerSecond: number },
): Promise<object> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const frames: number[] = [];
  const heap = [await heapBytes(devtools)];
  const busyBefore = await busySeconds(devtools);
  for (let round = 0; round < rounds; round += 1) {
    for (const frame of await frameTimes(page, secondsPerRound)) frames.push(frame);
    heap.push(await heapBytes(devtools));
  }
  const seconds = rounds * secondsPerRound;
  const grown = (heap.at(-1) ?? Number.NaN) - (heap[1] ?? Number.NaN);
  return {
    frames: {
      count: frames.length,
      p50Milliseconds: percentile(frames, 0.5),
      p95Milliseconds: percentile(frames, 0.95),
      largestMilliseconds: largestOf(frames),
    },
    busyShare: ((await busySeconds(devtools)) - busyBefore) / seconds,
    heapMegabytes: heap.map((bytes) => Math.round(bytes / 1e4) / 100),
    heapBytesPerStep: Math.round(grown / ((rounds - 1) * secondsPerRound * stepsPerSecond)),
  };
}
