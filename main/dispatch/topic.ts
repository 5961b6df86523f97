import type { Numbered, Sink, Unsubscribe } from '../../preload/contract/contract.ts';

/** A source of numbered events with any number of subscribers. */
export interface Topic<Event> {
  publish(event: Event): void;
  subscribe(sink: Sink<Event>): Unsubscribe;
}

/**
 * Makes a topic that keeps its newest `kept` events for those who subscribe later. Numbers start from the clock in
 * microseconds, so they also grow over a restart and a page that was open before it misses nothing.
 */
export function createTopic<Event>(kept = 1): Topic<Event> {
  const sinks = new Set<Sink<Event>>();
  const newest: Numbered<Event>[] = [];
  let seq = Date.now() * 1_000;

  return {
    publish(event) {
      const numbered = { seq: ++seq, event };
      newest.push(numbered);
      if (newest.length > kept) newest.shift();
      sinks.forEach((sink) => sink.send(numbered));
    },

    subscribe(sink) {
      newest.filter((numbered) => numbered.seq > sink.after).forEach((numbered) => sink.send(numbered));
      sinks.add(sink);
      return () => void sinks.delete(sink);
    },
  };
}
