import { Microphone, type Ready, type ScoringGroup } from '../../index.js'
import workletUrl from '../../player/worklet/player-worklet.ts?worker&url'
import { askForToken } from '../shared/access-form.js'
import { setText } from '../shared/page.js'
import type { Shared } from '../shared/shared.js'
import { fileSampleRate } from '../sound/file-sample-rate.js'
import { fetchBytes, loadAudio } from '../sound/load-audio.js'
import { clipNote, clips, clipUrl } from '../vocoder/clips.js'
import { type Damage, damage } from '../vocoder/damage.js'
import { Playing } from '../vocoder/playing.js'
import { SideBySide } from '../vocoder/side-by-side.js'
import { downloadResult } from './download.js'
import { scoreAlert, scorePage } from './page.js'
import { ScoreRun, type ScoreSettings } from './run.js'
import { ScoreView } from './view.js'
import { groupText } from './words.js'

/** The microphone is closed after so long. */
const maxListenedMinutes = 10
/** Played before what is marked, so that the ear hears it come. */
const leadSeconds = 0.4
/** What the microphone may be ahead of the server before it is given up. */
const maxBehindSeconds = 10

/** The visitor's doings in the scoring panel: one recording at a time. */
export class ScorePanel {
  private run: ScoreRun | undefined
  private microphone: Microphone | undefined
  /** Counts what the visitor asked for: what an earlier wish brings late is dropped. */
  private wish = 0
  private readonly playing: Playing
  private readonly view: ScoreView
  private groups: readonly ScoringGroup[] = []

  constructor(private readonly shared: Shared) {
    this.playing = new Playing(shared, () => this.changed())
    const playFrom = (seconds: number) => void this.play(Math.max(0, seconds - leadSeconds))
    this.view = new ScoreView(shared, this.playing, playFrom)
    this.view.wake()
  }

  /** Says what the server's scores compare with, or that it has none. */
  describe({ scoring }: Ready): void {
    const groups = scoring?.groups ?? []
    for (const control of [
      scorePage.chooseFile,
      scorePage.microphone,
      ...scorePage.samples.querySelectorAll('button'),
    ]) {
      control.disabled = groups.length === 0
    }
    this.groups = groups
    const words = groups.map(groupText).join(', ')
    setText(
      scorePage.calibration,
      groups.length === 0
        ? 'This server does not score: its model has no calibration.'
        : `This server compares with ${words}.`,
    )
    scorePage.groupField.hidden = groups.length < 2
    if (scorePage.group.options.length === groups.length + 1) return
    const byLength = new Option('blocks of the same length', '')
    scorePage.group.replaceChildren(byLength, ...groups.map(({ name }) => new Option(name)))
  }

  /** A clip of the page, as it is or damaged; played while it is scored. */
  scoreClip(index: number, kind: Damage | undefined): Promise<void> {
    const clip = clips[index]!
    const note = `${clipNote(clip)}${kind === undefined ? '' : `, with ${damageWords[kind]}`}`
    return this.score(note, true, async () => {
      const recording = await decode(await fetchBytes(clipUrl(clip)))
      if (kind === undefined) return recording
      return { ...recording, samples: damage(recording.samples, recording.sampleRate, kind) }
    })
  }

  scoreFile(file: File): Promise<void> {
    return this.score(file.name, false, async () => decode(await file.arrayBuffer()))
  }

  /** Scores the microphone until it is stopped, or for as long as a recording may be. */
  async listen(): Promise<void> {
    const wish = ++this.wish
    scoreAlert.hide()
    try {
      const sound = await this.shared.needSound()
      sound.unlock()
      await this.playing.stop()
      await this.leaveRun()
      const { sampleRate } = sound.context
      const microphone = await Microphone.open(
        sound.context,
        { echoCancellation: false, workletUrl },
        (samples) => this.hear(samples),
        () => {
          this.stopMicrophone()
          scoreAlert.show('The microphone is gone: it was unplugged, or the browser closed it.')
        },
      )
      if (wish !== this.wish) return microphone.stop()
      this.microphone = microphone
      scorePage.microphone.ariaPressed = 'true'
      setText(scorePage.microphone, 'Stop the microphone')
      await this.begin('Microphone', sampleRate, undefined).receive()
    } catch (error) {
      this.stopMicrophone()
      if (wish === this.wish) this.fail(error)
    }
  }

  get isListening(): boolean {
    return this.microphone !== undefined
  }

  stopMicrophone(): void {
    if (this.microphone === undefined) return
    this.microphone.stop()
    this.microphone = undefined
    scorePage.microphone.ariaPressed = 'false'
    setText(scorePage.microphone, 'Use the microphone')
    // What goes wrong is told where the scores are awaited.
    void this.run?.end().catch(() => undefined)
  }

  download(): void {
    if (this.run !== undefined) downloadResult(this.run)
  }

  playOrPause(): void {
    if (this.playing.isOn) void this.playing.pause()
    else if (this.run === undefined) void this.scoreClip(scorePage.clip.selectedIndex, undefined)
    else void this.play(this.playing.position)
  }

  async stop(): Promise<void> {
    scoreAlert.hide()
    this.stopMicrophone()
    await this.playing.stop()
  }

  /** @param seconds of the recording */
  seek(seconds: number): void {
    if (this.run === undefined || this.isListening) return
    if (this.playing.isOn) void this.play(seconds)
    else this.playing.moveTo(seconds)
  }

  private async play(fromSeconds: number): Promise<void> {
    const { run } = this
    if (run === undefined || this.isListening) return
    if (!this.shared.canPlay) return this.shared.notice.insist()
    await this.playing.play(new SideBySide(undefined, run.signal), fromSeconds)
  }

  private changed(): void {
    const { isOn, isPaused } = this.playing
    setText(scorePage.play, isOn ? 'Pause' : 'Play')
    scorePage.stop.disabled = !(isOn || isPaused)
    this.view.wake()
  }

  private async score(note: string, isHeard: boolean, load: () => Promise<Recording>): Promise<void> {
    const wish = ++this.wish
    this.stopMicrophone()
    scoreAlert.hide()
    try {
      // A recording is scored where nothing can be played, too.
      const [{ samples, sampleRate }] = await Promise.all([load(), this.shared.wantSound()])
      await this.playing.stop()
      await this.leaveRun()
      if (wish !== this.wish) return
      const seconds = samples.length / sampleRate
      const run = this.begin(note, sampleRate, seconds)
      const sent = run.sendAll(samples)
      if (isHeard && this.shared.canPlay) void this.play(0)
      await Promise.all([run.receive(), sent])
    } catch (error) {
      if (wish === this.wish) this.fail(error, () => void this.score(note, isHeard, load))
    }
  }

  private hear(samples: Float32Array): void {
    const { run } = this
    if (run === undefined) return
    void run.send(samples).catch(() => undefined)
    if (run.stream.behindSeconds > maxBehindSeconds) {
      this.stopMicrophone()
      scoreAlert.show('The server is too busy to follow the microphone.', () => void this.listen())
    } else if (run.signal.seconds > 60 * maxListenedMinutes) {
      this.stopMicrophone()
      scoreAlert.show(`The microphone was closed after ${maxListenedMinutes} minutes.`)
    }
  }

  private begin(note: string, sampleRate: number, totalSeconds: number | undefined): ScoreRun {
    const onChange = () => this.view.wake()
    const run = new ScoreRun(
      this.shared.client,
      note,
      sampleRate,
      totalSeconds,
      { ...settings(), groups: this.groups },
      onChange,
    )
    this.run = run
    this.view.show(run)
    return run
  }

  /** A place on the server is given back before another is asked for. */
  private async leaveRun(): Promise<void> {
    await this.run?.stream.cancel()
  }

  /** @param retry absent: the microphone, which opens by a click alone */
  private fail(error: unknown, retry?: () => void): void {
    void this.run?.stream.cancel()
    scoreAlert.showFailure(error, askForToken(error) ? undefined : retry)
  }
}

interface Recording {
  readonly samples: Float32Array
  readonly sampleRate: number
}

const damageWords: Readonly<Record<Damage, string>> = { click: 'clicks', dropout: 'dropouts', hum: 'hum' }

function settings(): Omit<ScoreSettings, 'groups'> {
  const group = scorePage.group.value
  return { falseAlarmRate: Number(scorePage.rate.value), ...(group === '' ? {} : { group }) }
}

/** At the rate of the file: see `fileSampleRate`. */
async function decode(bytes: ArrayBuffer): Promise<Recording> {
  const sampleRate = fileSampleRate(bytes)
  const signal = await loadAudio(bytes, sampleRate)
  return { samples: signal.slice(0), sampleRate }
}
