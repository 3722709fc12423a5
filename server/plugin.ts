// `glowcast/server` was this file in version 0.1.0: hosts that import `dist/server/plugin.js` go on working.
export * from './index.js'
