import { Resampler } from '../../../src/audio/resample.js'
import { Microphone, type Ready, toWav } from '../../index.js'
import workletUrl from '../../player/worklet/player-worklet.ts?worker&url'
import { askForToken } from '../shared/access-form.js'
import { alertBox, chooseVoice, chosenVoice, page, setText, type Voice } from '../shared/page.js'
import { fileName, saveFile } from '../shared/save-file.js'
import type { Shared } from '../shared/shared.js'
import { LevelMatch } from '../sound/level-match.js'
import { fetchBytes, loadAudio } from '../sound/load-audio.js'
import { GrowingSignal } from '../sound/signal.js'
import type { ClipCards } from './clip-cards.js'
import { type Clip, clipNote, clips, clipUrl } from './clips.js'
import { voiceSettings } from './controls.js'
import { melConvention } from './mel-convention.js'
import { Playing } from './playing.js'
import { SideBySide } from './side-by-side.js'
import { Stage } from './stage.js'
import { Take } from './take.js'
import type { Loudness } from './voice-mix.js'

const { sampleRate } = melConvention
/** The microphone is closed after so long. */
const maxSpokenSeconds = 600

/** What a take is made of, and how it is called. */
export interface Source {
  /** Of its card; undefined: the microphone. */
  readonly id?: string
  readonly note: string
  load(): Promise<GrowingSignal>
}

/** The visitor's doings: one take at a time, heard as original or as resynthesis. */
export class Demo {
  private take: Take | undefined
  private source: Source | undefined
  private match: LevelMatch | undefined
  private microphone: Microphone | undefined
  /** Counts what the visitor asked for: what an earlier wish brings late is dropped. */
  private wish = 0
  private isBusy = false
  private readonly playing: Playing
  private readonly stage: Stage

  constructor(
    private readonly shared: Shared,
    private readonly cards: ClipCards,
  ) {
    this.playing = new Playing(shared, () => this.changed())
    this.stage = new Stage(shared, this.playing, {
      measure: () => this.measure(),
      heard: () => this.changed(),
    })
  }

  /** Shows whether the server is there, and lets this page in, before anything is asked of it. */
  async connect(onReady: (ready: Ready) => void): Promise<void> {
    try {
      const ready = await this.shared.client.connect()
      alertBox.hide()
      onReady(ready)
    } catch (error) {
      this.fail(error, () => void this.connect(onReady))
    }
  }

  /** A tap on a card: plays it, or stops what it plays. */
  async tap(source: Source): Promise<void> {
    if (this.source?.id === source.id && (this.isBusy || this.playing.isOn)) await this.stop()
    else await this.speak(source)
  }

  /** Loads an original, sends it, and plays what comes. */
  async speak(source: Source): Promise<void> {
    const clickedAtMs = performance.now()
    const wish = ++this.wish
    this.stopMicrophone()
    alertBox.hide()
    this.source = source
    this.stage.restartClock(clickedAtMs)
    this.setBusy(true)
    void this.playing.stop()
    try {
      await this.shared.wantSound()
      const original = await source.load()
      await this.leaveTake()
      if (wish !== this.wish) return
      setText(page.originalNote, source.note)
      page.originalNote.lang = clips.find(({ id }) => id === source.id)?.lang ?? ''
      await this.resynthesise(original, clickedAtMs)
    } catch (error) {
      if (wish === this.wish) this.fail(error, () => void this.speak(source))
    }
  }

  /** Sends the microphone until it is stopped, or for as long as it may be open. */
  async listen(): Promise<void> {
    const clickedAtMs = performance.now()
    const wish = ++this.wish
    alertBox.hide()
    try {
      const sound = await this.shared.needSound()
      sound.unlock()
      await this.playing.stop()
      await this.leaveTake()
      const original = new GrowingSignal(sampleRate)
      const resampler = new Resampler(sound.context.sampleRate, sampleRate)
      const microphone = await Microphone.open(
        sound.context,
        { echoCancellation: true, workletUrl },
        (heard) => {
          const samples = resampler.push(heard)
          original.append(samples)
          void this.take?.send(samples).catch(() => undefined)
          if (original.seconds <= maxSpokenSeconds) return
          this.stopMicrophone()
          alertBox.show(`The microphone was closed after ${maxSpokenSeconds / 60} minutes.`)
        },
        () => this.stopMicrophone(),
      )
      if (wish !== this.wish) return microphone.stop()
      this.microphone = microphone
      this.source = { note: 'Your voice', load: async () => original }
      page.speak.ariaPressed = 'true'
      setText(page.speak, 'Stop speaking')
      setText(page.originalNote, this.source.note)
      const take = this.begin(original, clickedAtMs)
      if (page.live.checked) void this.play('result', 0)
      await take.receive()
    } catch (error) {
      this.stopMicrophone()
      if (wish === this.wish) this.fail(error)
    }
  }

  stopMicrophone(): void {
    if (this.microphone === undefined || this.take === undefined) return
    this.microphone.stop()
    this.microphone = undefined
    page.speak.ariaPressed = 'false'
    setText(page.speak, 'Speak')
    const { take } = this
    take.original.finish()
    // What goes wrong is told where the samples are awaited.
    void take.end().catch(() => undefined)
    if (page.live.checked) return
    this.stage.restartClock(performance.now())
    void this.play('result', 0)
  }

  get isListening(): boolean {
    return this.microphone !== undefined
  }

  /** Of the clip that is shown, for links. */
  get clipId(): string | undefined {
    return clips.find(({ id }) => id === this.source?.id)?.id
  }

  /** Other settings: the same original again. */
  async again(): Promise<void> {
    const { take, source } = this
    if (take === undefined || source === undefined || !take.original.isFinished) return
    await this.speak({ ...source, load: async () => take.original })
  }

  /** Plays on, pauses, or begins with the clip that was chosen. */
  playOrPause(): void {
    if (this.playing.isOn) void this.playing.pause()
    else if (this.take === undefined) void this.speak(this.source ?? clipSource(clips[0]!))
    else void this.play(chosenVoice(), this.playing.position)
  }

  /** All of it: what plays, what is on its way, the microphone. */
  async stop(): Promise<void> {
    if (this.isListening) this.stopMicrophone()
    if (this.isBusy) {
      this.wish += 1
      this.setBusy(false)
      await this.leaveTake()
    }
    alertBox.hide()
    await this.playing.stop()
  }

  /** @param seconds of the original */
  seek(seconds: number): void {
    if (this.take === undefined || this.isListening) return
    const isOn = this.playing.isOn
    this.playing.moveTo(seconds)
    if (isOn) void this.play(chosenVoice(), seconds)
  }

  /** The other voice, or another loudness, while it plays on. */
  switchVoice(): void {
    this.playing.hear(this.loudness())
  }

  /** Saves the resynthesis, in the very samples that came. */
  async download(): Promise<void> {
    const { take, source } = this
    if (take === undefined || source === undefined) return
    const samples = { samples: take.result.slice(0), sampleRate: take.result.sampleRate }
    saveFile(`${fileName(source.note)}-glowcast.wav`, await toWav([samples]))
  }

  /** Shows which clip Play will begin with. */
  choose(id: string): void {
    const clip = clips.find((each) => each.id === id)
    if (clip === undefined) return
    this.source = clipSource(clip)
    this.changed()
  }

  /** A place on the server is given back before another is asked for. */
  private async leaveTake(): Promise<void> {
    await this.take?.stream.cancel()
  }

  private begin(original: GrowingSignal, clickedAtMs: number): Take {
    const take = new Take(this.shared.client, original, voiceSettings())
    this.take = take
    this.match = new LevelMatch(original, take.result)
    this.stage.show(take, clickedAtMs)
    // Why a stream was refused is told where its samples are awaited.
    void take.stream.opened.then(({ model }) => setText(page.resultNote, model)).catch(() => undefined)
    return take
  }

  private async resynthesise(original: GrowingSignal, clickedAtMs: number): Promise<void> {
    const take = this.begin(original, clickedAtMs)
    chooseVoice('result')
    this.setBusy(false)
    const sent = take.sendAll()
    if (this.shared.canPlay) void this.play('result', 0)
    await Promise.all([take.receive(), sent])
    this.stage.wake()
  }

  private async play(voice: Voice, fromSeconds: number): Promise<void> {
    const { take } = this
    if (take === undefined) return
    if (!this.shared.canPlay) return this.shared.notice.insist()
    chooseVoice(voice)
    const pace = take.original.isFinished ? 'clip' : 'live'
    const both = new SideBySide(take.original, take.result)
    await this.playing.play(both, fromSeconds, this.loudness(), pace)
  }

  private loudness(): Loudness {
    if (chosenVoice() === 'result') return { original: 0, result: 1 }
    return { original: page.match.checked ? (this.match?.gain ?? 1) : 1, result: 0 }
  }

  /** Bit by bit; an original that is heard becomes as loud as the resynthesis once both are known. */
  private measure(): void {
    if (this.match === undefined || this.match.gain !== undefined) return
    this.match.measure()
    if (this.match.gain !== undefined) this.switchVoice()
  }

  private setBusy(isBusy: boolean): void {
    this.isBusy = isBusy
    this.changed()
  }

  private changed(): void {
    const { isOn, isPaused } = this.playing
    const isWaiting = this.isBusy || (isOn && !this.stage.isHeard)
    const state = isWaiting ? 'busy' : isOn ? 'playing' : isPaused ? 'paused' : 'idle'
    this.cards.show(this.source?.id, state)
    setText(page.play, isOn ? 'Pause' : 'Play')
    page.stop.disabled = !(isOn || isPaused || this.isBusy)
    this.stage.wake()
  }

  private fail(error: unknown, retry?: () => void): void {
    this.setBusy(false)
    void this.take?.stream.cancel()
    // Without another token a new attempt would fare the same.
    alertBox.showFailure(error, askForToken(error) ? undefined : retry)
  }
}

export function clipSource(clip: Clip): Source {
  const load = async () => loadAudio(await fetchBytes(clipUrl(clip)), sampleRate)
  return { id: clip.id, note: clipNote(clip), load }
}

export function fileSource(file: File): Source {
  return {
    id: file.name,
    note: file.name,
    load: async () => loadAudio(await file.arrayBuffer(), sampleRate),
  }
}
