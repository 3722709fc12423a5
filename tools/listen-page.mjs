// Makes docs/listen and the README's picture (docs/images): the clips of the demo page, which the bundled model never heard, beside its resynthesis and
// Griffin–Lim. Needs a build, and ffmpeg, which makes the sounds small enough for a repository.
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = 'docs/listen'
const page = join(folder, 'index.html')

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

rmSync(folder, { recursive: true, force: true })
const clips = 'web-audio-client/demo/public/clips'
run(process.execPath, ['dist/src/cli/main.js', 'evaluate', '--data', clips, '--baseline', '--report', folder])
const audio = join(folder, 'audio')
for (const name of readdirSync(audio)) {
  const wav = join(audio, name)
  // Constant rate: with a variable one browsers seek by guessing.
  run('ffmpeg', ['-v', 'error', '-y', '-i', wav, '-b:a', '80k', '-bitexact', wav.replace(/\.wav$/, '.mp3')])
  rmSync(wav)
}
for (const file of [page, join(folder, 'evaluation.json')]) {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(audio\/[\w.-]+)\.wav/g, '$1.mp3'))
}
// How fast the machine was that made the page says nothing of how it sounds.
const speed = /<tr><th scope="row">Real-time factor.*<\/tr>\n?/
writeFileSync(page, readFileSync(page, 'utf8').replace(speed, ''))
// One of them is the README's picture.
for (const kind of ['recording', 'resynthesis']) {
  copyFileSync(join(folder, 'img', `003-clips-kerstin-2-${kind}.png`), join('docs/images', `${kind}.png`))
}
