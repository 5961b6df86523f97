/**
 * The environment that every process has to have before it loads ONNX Runtime. On Linux and macOS version 1.29 and
 * later carry a client that queues events with a lasting device number in the user's cache and sends them to their
 * maker. The switch is read once, when the library starts: with it no client is made, so nothing is queued, written or
 * looked up.
 */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: '1' } as const;
