/** No folder may import, through others, a folder that imports it. Tests beside the code may look anywhere. */
const { options } = require('./imports.cjs');

module.exports = {
  forbidden: [
    {
      name: 'no-cycles-of-folders',
      severity: 'error',
      scope: 'folder',
      from: { path: '^(main|renderer|native-models|preload)/' },
      to: { circular: true },
    },
  ],
  options: { ...options, exclude: { path: '[.](test|fixture)[.]ts$' } },
};
