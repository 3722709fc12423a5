// Prints what the package's modules weigh: as they are, minified, and minified and compressed as a server sends them.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { transformWithEsbuild } from 'vite'

for (const name of ['index.js', 'player-worklet.js']) {
  const text = readFileSync(new URL(`./dist/${name}`, import.meta.url), 'utf8')
  const { code } = await transformWithEsbuild(text, name, { minify: true, format: 'esm', sourcemap: false })
  const sizes = [text, code, gzipSync(code, { level: 9 })].map((bytes) => Buffer.byteLength(bytes))
  console.log(`${name}: ${sizes[0]} bytes, minified ${sizes[1]}, with gzip ${sizes[2]}`)
}
