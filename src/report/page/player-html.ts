import { escapeHtml } from './escape-html.js'

/** A picture over time, as wide as the sound is long. */
interface PlayerPicture {
  readonly caption: string
  readonly imageUrl: string
  /** Upper end of its frequencies. */
  readonly highest: string
}

/** One version of the sound, with its pictures. */
export interface PlayerSide {
  readonly caption: string
  readonly audioUrl: string
  /** Integrated loudness; null where there is none (silence, or less than 400 ms). */
  readonly loudnessLufs: number | null
  readonly pictures: readonly PlayerPicture[]
}

/** Something found in the sound; seconds of the sound that is played. */
export interface PlayerMark {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly label: string
}

export interface PlayerOptions {
  /** Unique in the page. */
  readonly id: string
  readonly name: string
  readonly seconds: number
  /** The first is heard first. All are equally long. */
  readonly sides: readonly PlayerSide[]
  readonly marks: readonly PlayerMark[]
}

/**
 * Sound first, then its pictures. Versions of a sound play in step; one is heard, at the loudness of the quietest where
 * that is asked for: louder sounds better, and a volume above 1 does not exist.
 */
export function playerHtml({ id, name, seconds, sides, marks }: PlayerOptions): string {
  const figures = sides.map((side, i) => sideHtml(side, i, name, seconds, marks, matchedVolume(side, sides)))
  const choice = sides.map(
    ({ caption }, i) =>
      `<label><input type="radio" name="${escapeHtml(id)}-side" value="${i}"><span>${escapeHtml(caption)}</span></label>`,
  )
  const several =
    sides.length < 2
      ? ''
      : `<fieldset class="choice sides"><legend class="unseen">What to hear</legend>${choice.join('')}</fieldset>
<label class="match"><input type="checkbox" checked autocomplete="off"> Match loudness</label>`
  return `<div class="player" data-seconds="${seconds}">
<div class="deck" hidden><button type="button" class="play">Play</button>${several}
<input type="range" class="seek" min="0" max="${seconds}" step="0.01" value="0" autocomplete="off" aria-label="Position in ${escapeHtml(name)}">
<span class="clock"></span></div>
<div class="pair">${figures.join('\n')}</div>
${markList(marks)}</div>`
}

function matchedVolume({ loudnessLufs }: PlayerSide, sides: readonly PlayerSide[]): number {
  const known = sides.flatMap((side) => side.loudnessLufs ?? [])
  if (loudnessLufs === null) return 1
  return 10 ** ((Math.min(...known) - loudnessLufs) / 20)
}

function sideHtml(
  { caption, audioUrl, loudnessLufs, pictures }: PlayerSide,
  side: number,
  name: string,
  seconds: number,
  marks: readonly PlayerMark[],
  volume: number,
): string {
  const level =
    loudnessLufs === null
      ? ''
      : ` <span class="level">${loudnessLufs.toFixed(1).replace('-', '−')} LUFS</span>`
  const drawn = pictures.map(
    (picture, i) => `<figure><figcaption>${escapeHtml(picture.caption)}${i === 0 ? level : ''}</figcaption>
<div class="plot"><div class="axis frequency"><span>${escapeHtml(picture.highest)}</span><span>0</span></div><div class="picture" data-side="${side}"><img src="${escapeHtml(picture.imageUrl)}" alt="${escapeHtml(`${picture.caption} of ${name}`)}" loading="lazy">${marks.map((mark, i) => markHtml(mark, i, seconds)).join('')}<span class="head"></span></div><div class="axis time"><span>0</span><span>${seconds.toFixed(1)} s</span></div></div></figure>`,
  )
  return `<div class="side">${drawn.join('\n')}
<audio controls preload="metadata" data-matched="${volume.toFixed(4)}" src="${escapeHtml(audioUrl)}" aria-label="${escapeHtml(`${caption} of ${name}`)}"></audio></div>`
}

function markHtml({ startSeconds, endSeconds, label }: PlayerMark, index: number, seconds: number): string {
  const left = (100 * Math.max(0, startSeconds)) / seconds
  const width = (100 * Math.min(seconds, endSeconds)) / seconds - left
  return `<span class="mark" style="left:${left.toFixed(3)}%;width:${width.toFixed(3)}%" title="${escapeHtml(label)}"><b>${index + 1}</b></span>`
}

function markList(marks: readonly PlayerMark[]): string {
  if (marks.length === 0) return ''
  const items = marks.map(
    ({ startSeconds, label }) =>
      `<li><button type="button" data-seek="${startSeconds.toFixed(3)}">${escapeHtml(label)}</button></li>`,
  )
  return `<ol class="marks">${items.join('')}</ol>`
}
