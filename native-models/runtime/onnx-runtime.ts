import { withoutTelemetry } from './without-telemetry.ts';

/** The only place that loads ONNX Runtime, so that no process can load it with its telemetry on. */

Object.assign(process.env, withoutTelemetry);

// Not a static import: those are hoisted above the line before, here and in the bundle.
export const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
