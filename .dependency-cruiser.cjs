// The order of the rooms: imports run down it, and never sideways or up. `npm run check` holds it, without exceptions.

/** Rooms of src, from the lowest. Rooms of one row know nothing of each other. */
const order = [
  ['numeric', 'io', 'protocol', 'wasm'],
  ['audio', 'flow', 'engine'],
  ['models', 'threads'],
  ['synthesis', 'training', 'evaluation', 'speech'],
  ['likelihood'],
  ['scoring'],
  ['report', 'web'],
  ['wam'],
]
/** Files in src itself: what every room may use. Above all rooms are `index.ts`, the library's door, and `cli.ts`. */
const ground = '^src/(?!(index|cli)\\.ts$)[^/]+$'
const door = '^src/index\\.ts$'

const folder = (names) => `^src/(${names.join('|')})/`

/** What the rooms of a row may not import: their neighbours, and all that is above. */
const rows = order.flatMap((row, height) =>
  row.map((name) => {
    const others = [...row.filter((other) => other !== name), ...order.slice(height + 1).flat()]
    return {
      name: `order-${name}`,
      comment: `src/${name} knows only the rooms below it`,
      severity: 'error',
      from: { path: folder([name]) },
      to: { path: [...(others.length > 0 ? [folder(others)] : []), '^src/cli/', door, '^server/'] },
    }
  }),
)

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'files that import each other cannot be read, or tested, one at a time',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...rows,
    {
      name: 'order-ground',
      comment: 'errors and the like know no room',
      severity: 'error',
      from: { path: ground },
      to: { path: ['^src/[^/]+/', '^server/', door], pathNot: '^src/wasm/' },
    },
    {
      name: 'order-door',
      comment: 'the library needs neither the server nor a terminal',
      severity: 'error',
      from: { path: door },
      to: { path: ['^src/cli/', '^server/'] },
    },
    {
      name: 'order-server',
      comment: 'the command line starts the server, not the other way round',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: ['^src/cli/', '^src/report/', door, '^web-audio-client/'] },
    },
    {
      name: 'order-client',
      comment: 'the client is sent to browsers: of src it has the protocol, and the resampler',
      severity: 'error',
      from: { path: '^web-audio-client/', pathNot: '^web-audio-client/demo/' },
      to: {
        path: '^(src|server)/',
        pathNot: '^src/(protocol/|audio/resample\\.ts$|audio/mel/mel-config\\.ts$)',
      },
    },
    {
      name: 'order-demo',
      comment: 'the page may show what a report shows, and measure sound',
      severity: 'error',
      from: { path: '^web-audio-client/demo/' },
      to: {
        path: '^(src|server)/',
        pathNot: '^src/(protocol/|audio/|report/charts/)',
      },
    },
    {
      name: 'no-client-inside',
      comment: 'Node does not know the browser',
      severity: 'error',
      from: { path: '^(src|server)/' },
      to: { path: '^web-audio-client/' },
    },
    {
      name: 'no-tests-inside',
      comment: 'what ships imports no test',
      severity: 'error',
      from: { path: '^(src|server|web-audio-client|examples)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-unresolvable',
      comment: 'an import that leads nowhere',
      severity: 'error',
      from: { path: '^(src|server|web-audio-client|examples)/', pathNot: '^src/wasm/' },
      to: { couldNotResolve: true, pathNot: '\\?worker&url$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist|web-audio-client/dist)/' },
    // Types count: a file that names another's type cannot be moved without it.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
