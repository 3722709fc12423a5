// Lays out clips of many speakers by recording condition, from which the bundled calibration is made.
// usage: node tools/condition-clips.mjs DATA_FOLDER OUT_FOLDER
// DATA_FOLDER holds one folder a source, see `sources`; OUT_FOLDER gets CONDITION/{reference,items,test}/SPEAKER-N.EXTENSION.
// A speaker is in one of the three only. It needs a build, and ffmpeg.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAudio } from '../dist/src/audio/files/audio-file.js'
import { toMono } from '../dist/src/audio/files/channels.js'
import { fileWarnings } from '../dist/src/audio/files/file-warnings.js'
import { SignalFactsMeter } from '../dist/src/audio/metering/signal-facts.js'
import { resample } from '../dist/src/audio/resample.js'
import { encodeWav } from '../dist/src/audio/wav/wav.js'
import { measureSound } from '../dist/src/scoring/texture/features/sound-measures.js'

const [data, out] = process.argv.slice(2)
if (data === undefined || out === undefined) {
  console.error('usage: node tools/condition-clips.mjs DATA_FOLDER OUT_FOLDER')
  process.exit(1)
}

const roles = ['reference', 'items', 'test']

/**
 * Where speakers are many, each has one role; `counts` are speakers, `each` is how many clips of one. Sources that do
 * not name their speakers test nothing. Voices that the flow was trained on give phrases that it was not.
 */
const sources = [
  { folder: 'alphanumeric', band: 'full', speaker: /(R_\w+)\.wav$/, counts: [28, 26, 16], each: [1, 3, 2] },
  ...['kathleen', 'kerstin', 'nathalie', 'flemishguy', 'dbspeech'].map((folder) => ({
    folder,
    band: 'full',
    isTrainedOn: true,
    clips: [4, 5, 3],
  })),
  {
    folder: 'speechocean',
    band: 'wide',
    speaker: /SPEAKER(\d+)_/,
    only: 'held-speakers.txt',
    counts: [34, 55, 36],
    each: [1, 1, 1],
  },
  { folder: 'intent', band: 'wide', clips: [16, 32, 0] },
  { folder: 'wakeword', band: 'wide', clips: [4, 10, 0] },
  { folder: 'arctic', band: 'wide', isTrainedOn: true, clips: [4, 8, 10] },
]

/** Seconds of a clip once the silence at its ends is gone: shorter ones say little. */
const shortest = 1
/** Longer ones cost time: they end at their quietest moment between two lengths, seconds, in turn. */
const lengths = [
  [2, 3],
  [3, 5],
  [6, 9],
]
/**
 * Pauses are quieter than speech by so much, dB: what is not is no clean speech, and one such clip in a hundred would hide
 * most faults. The judge is plain measures, and no part of the score.
 */
const minPauseDb = 20
/** Silence that is left at either end, seconds. */
const margin = 0.25
/** Below the loudest 10 ms by so much is silence at an end, dB. */
const quietDb = 40

const codecs = [
  { extension: 'opus', encoder: ['-b:a', '24k'] },
  { extension: 'mp3', encoder: ['-b:a', '32k'] },
  { extension: 'opus', encoder: ['-b:a', '32k'] },
  { extension: 'mp3', encoder: ['-b:a', '24k'] },
]
/** What a telephone line keeps, Hz. */
const telephoneBand = [300, 3400]
/** Companding of G.711, in 8 bits; every third line has none. */
const companding = [companded(muLaw), companded(aLaw), (sample) => sample]

/** Of the clips of both bands, the share that a made condition takes. */
const madeShare = 0.5

const hash = (text) => createHash('sha256').update(text).digest('hex')
const byHash = (a, b) => (hash(a) < hash(b) ? -1 : 1)

function muLaw(size) {
  return Math.log1p(255 * size) / Math.log(256)
}
muLaw.inverse = (code) => (256 ** code - 1) / 255

function aLaw(size) {
  const scale = 1 + Math.log(87.6)
  return size < 1 / 87.6 ? (87.6 * size) / scale : (1 + Math.log(87.6 * size)) / scale
}
aLaw.inverse = (code) => {
  const scale = 1 + Math.log(87.6)
  return code < 1 / scale ? (code * scale) / 87.6 : Math.exp(code * scale - 1) / 87.6
}

/** @returns what a sample is behind 8 bits of that law */
function companded(law) {
  return (sample) =>
    Math.sign(sample) * law.inverse(Math.round(127 * law(Math.min(1, Math.abs(sample)))) / 127)
}

/** At 8 kHz. */
function throughTelephone({ samples, sampleRate }, compand) {
  const [lowest, highest] = telephoneBand
  const narrow = resample(resample(samples, sampleRate, 2 * highest), 2 * highest, 8000)
  const high = (sound) => {
    const share = Math.exp((-2 * Math.PI * lowest) / 8000)
    let [before, result] = [0, 0]
    return sound.map((sample) => {
      result = share * (result + sample - before)
      before = sample
      return result
    })
  }
  return high(high(narrow)).map(compand)
}

function isClean({ samples, sampleRate, isCancelled }) {
  const atModelRate = resample(samples, sampleRate, 22_050)
  return !isCancelled && measureSound(atModelRate, 22_050).noiseFloorDb < -minPauseDb
}

/** What of a recording is taken: its speech, or the beginning of it. */
async function speechOf(path, ends) {
  const audio = await loadAudio(path)
  const { sampleRate } = audio
  const all = toMono(audio)
  const size = Math.round(sampleRate / 100)
  const levels = Array.from({ length: Math.floor(all.length / size) }, (_, i) =>
    all.subarray(i * size, (i + 1) * size).reduce((sum, sample) => sum + sample * sample, 0),
  )
  const limit = Math.max(...levels) * 10 ** (-quietDb / 10)
  const isLoud = (level) => level > limit
  const from = Math.max(0, levels.findIndex(isLoud) / 100 - margin)
  const to = Math.min(all.length / sampleRate, (levels.findLastIndex(isLoud) + 1) / 100 + margin)
  const seconds = to - from > ends[1] ? quietestSeconds(levels, from, ends) : to - from
  const [first, end] = [from, from + seconds].map((time) => Math.round(time * sampleRate))
  const meter = new SignalFactsMeter(sampleRate, audio.channels.length)
  meter.push(audio.channels)
  const isCancelled = fileWarnings(meter.flush()).length > 0
  return { samples: all.slice(first, end), sampleRate, seconds, isCancelled }
}

/** @param levels of each 10 ms @param from seconds @returns from there to the middle of the quietest 0.2 s */
function quietestSeconds(levels, from, ends) {
  const [first, last] = ends.map((seconds) => Math.round(100 * (from + seconds)))
  let [best, least] = [first, Number.POSITIVE_INFINITY]
  for (let at = first; at <= last; at++) {
    const level = levels.slice(at - 10, at + 10).reduce((sum, value) => sum + value, 0)
    if (level < least) [best, least] = [at, level]
  }
  return best / 100 - from
}

/** Number of a phrase, as training splits by it. */
function phraseOf(name) {
  return Number(/(\d+)(?:_\d{10})?\.\w+$/.exec(name)?.[1] ?? Number.NaN)
}

/** Clips of a source that can be used, as lists by role. */
async function clipsOf({ folder, speaker, only, counts, each, clips, isTrainedOn }) {
  const names = [folder, ...(isTrainedOn ? [`${folder}-judging`] : [])]
    .filter((name) => existsSync(join(data, name)))
    .flatMap((name) => readdirSync(join(data, name)).map((file) => `${name}/${file}`))
    .filter((name) => /\.(wav|flac)$/i.test(name))
    .sort(byHash)
  const usable = async (count, of) => {
    const found = []
    for (const name of of) {
      if (found.length === count) break
      const turn = Number.parseInt(hash(name).slice(0, 6), 16) % lengths.length
      const { seconds, ...clip } = await speechOf(join(data, name), lengths[turn])
      if (seconds < shortest) continue
      if (isClean(clip)) found.push(clip)
      else console.log(`left out, no clean speech: ${name}`)
    }
    return found
  }
  const label = (found, name) => found.map((clip, i) => ({ ...clip, name: `${name}-${i}` }))
  if (speaker === undefined) {
    const ofRole = (role) => {
      if (!isTrainedOn) return names.filter((_, i) => i % 3 === role)
      const held = names.filter((name) => phraseOf(name) % 20 === (role === 2 ? 13 : 7))
      return role === 2 ? held : held.filter((_, i) => i % 2 === role)
    }
    return Promise.all(clips.map(async (count, role) => label(await usable(count, ofRole(role)), folder)))
  }
  const allowed =
    only === undefined ? undefined : new Set(readFileSync(join(data, only), 'utf8').split(/\s+/))
  const speakers = [...new Set(names.map((name) => speaker.exec(name)?.[1]))]
    .filter((id) => id !== undefined && (allowed?.has(id) ?? true))
    .sort(byHash)
  const firsts = counts.map((_, role) => counts.slice(0, role).reduce((sum, count) => sum + count, 0))
  const ofSpeaker = async (id, role) => {
    const its = names.filter((name) => speaker.exec(name)?.[1] === id)
    return label(await usable(each[role], its), `${folder}-${id}`)
  }
  const ofRole = async (role) => {
    const its = speakers.slice(firsts[role], firsts[role] + counts[role])
    return (await Promise.all(its.map((id) => ofSpeaker(id, role)))).flat()
  }
  return Promise.all(roles.map((_, role) => ofRole(role)))
}

function write(samples, sampleRate, file) {
  writeFileSync(file, encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' }))
}

function made(condition, role, clips, fileOf) {
  const folder = join(out, condition, role)
  mkdirSync(folder, { recursive: true })
  for (const [i, clip] of clips.entries()) fileOf(clip, join(folder, clip.name), i)
  console.log(`${clips.length} in ${folder}`)
}

const found = { full: roles.map(() => []), wide: roles.map(() => []) }
for (const source of sources) {
  for (const [role, clips] of (await clipsOf(source)).entries()) found[source.band][role].push(...clips)
}
for (const [role, name] of roles.entries()) {
  const plain = ({ samples, sampleRate }, file) => write(samples, sampleRate, `${file}.wav`)
  made('full-band', name, found.full[role], plain)
  made('wide-band', name, found.wide[role], plain)
  const both = [...found.full[role], ...found.wide[role]]
    .sort((a, b) => byHash(a.name, b.name))
    .filter((_, i) => Math.floor((i + 1) * madeShare) > Math.floor(i * madeShare))
  made('telephone', name, both, (clip, file, i) => {
    const line = throughTelephone(clip, companding[i % companding.length])
    // Half of them come as a telephone sends them, half in a file of a higher rate.
    if (i % 2 === 0) write(line, 8000, `${file}.wav`)
    else write(resample(line, 8000, 22_050), 22_050, `${file}.wav`)
  })
  made('codec', name, both, ({ samples, sampleRate }, file, i) => {
    const { extension, encoder } = codecs[i % codecs.length]
    const plain = `${file}.wav`
    write(samples, sampleRate, plain)
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-threads',
      '1',
      '-i',
      plain,
      ...encoder,
      `${file}.${extension}`,
    ])
    rmSync(plain)
  })
}
