import type { z } from 'zod';
import type { AnyOperation, Operation, OperationKind } from './operation.ts';
import { app } from './operations/app.ts';
import { categories } from './operations/categories.ts';
import { datasets } from './operations/datasets.ts';
import { evaluation } from './operations/evaluation.ts';
import { exports } from './operations/exports.ts';
import { files } from './operations/files.ts';
import { hardware } from './operations/hardware.ts';
import { hyperparameters } from './operations/hyperparameters.ts';
import { labels } from './operations/labels.ts';
import { library } from './operations/library.ts';
import { models } from './operations/models.ts';
import { projects } from './operations/projects.ts';
import { review } from './operations/review.ts';
import { runs } from './operations/runs.ts';
import { tasks } from './operations/tasks.ts';
import { trash } from './operations/trash.ts';

/** Every operation of the app, once. Hosts, the preload bridge, the client and the handlers are all derived from it. */
export const contract = {
  projects,
  files,
  models,
  datasets,
  review,
  labels,
  categories,
  hyperparameters,
  runs,
  evaluation,
  exports,
  hardware,
  tasks,
  trash,
  library,
  app,
};

export type Contract = typeof contract;

/** What a handler receives: the parsed input. */
export type InputOf<O> = O extends Operation<OperationKind, infer Input, unknown> ? z.output<Input> : never;
/** What a caller gives, before parsing. */
export type CallOf<O> = O extends Operation<OperationKind, infer Input, unknown> ? z.input<Input> : never;
export type OutputOf<O> = O extends Operation<OperationKind, z.ZodType, infer Output> ? Output : never;

/** A numbered event. Numbers only grow, also across restarts of the host. */
export interface Numbered<Event> {
  readonly seq: number;
  readonly event: Event;
}

export type Unsubscribe = () => void;

/** Where a stream's handler sends events; `after` is the last number the client saw (0: none). */
export interface Sink<Event> {
  readonly after: number;
  send(event: Numbered<Event>): void;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
}

export type Handler<O> = O extends { readonly kind: 'stream' }
  ? (input: InputOf<O>, sink: Sink<OutputOf<O>>) => Unsubscribe
  : (input: InputOf<O>) => OutputOf<O> | Promise<OutputOf<O>>;

/** The services' side of the contract: one function an operation; a missing or extra one does not compile. */
export type Handlers = {
  readonly [Domain in keyof Contract]: { readonly [Name in keyof Contract[Domain]]: Handler<Contract[Domain][Name]> };
};

/**
 * Wire name (`runs.start`) to operation. A Map, because a wire name comes from outside and must not reach a prototype.
 */
export const operations: ReadonlyMap<string, AnyOperation> = new Map(
  Object.entries(contract).flatMap(([domain, members]) =>
    Object.entries(members).map(([name, operation]): [string, AnyOperation] => [`${domain}.${name}`, operation]),
  ),
);
