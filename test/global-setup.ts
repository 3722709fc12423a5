import { built } from './built.js'

/** The kernels, which nearly all tests compute with: a single test runs after `npm ci`, whatever was built. */
export default async function setup(): Promise<void> {
  await built('wasm')
}
