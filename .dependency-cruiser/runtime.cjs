/** What a process loads when it starts: imports of types alone are left out. */
const { options } = require('./imports.cjs');

module.exports = {
  forbidden: [
    {
      name: 'no-service-reaches-the-tensor-runtime',
      comment: 'The engine process loads it. A crash or a large allocation there must not end the app.',
      severity: 'error',
      from: { path: '^main/', pathNot: '[.](test|fixture)[.]ts$' },
      to: { path: '^native-models/runtime/onnx-runtime[.]ts$', reachable: true },
    },
  ],
  options: { ...options, tsPreCompilationDeps: false },
};
