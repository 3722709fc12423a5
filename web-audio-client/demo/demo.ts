import { Resampler } from '../../src/audio/resample.js'
import type { Ready } from '../index.js'
import { type Clip, clipNote, clips } from './clips.js'
import { voiceSettings } from './controls.js'
import { failureText } from './failure-text.js'
import { fetchBytes, loadAudio, mostSeconds } from './load-audio.js'
import { melConvention } from './mel-convention.js'
import { Microphone } from './microphone.js'
import { alertBox, chooseVoice, chosenVoice, markClip, page, setText } from './page.js'
import { Playing } from './playing.js'
import type { Shared } from './shared.js'
import { GrowingSignal } from './signal.js'
import { Stage } from './stage.js'
import { Take } from './take.js'

const { sampleRate } = melConvention

/** The visitor's doings: one take at a time, heard as original or as resynthesis. */
export class Demo {
  private take: Take | undefined
  private microphone: Microphone | undefined
  /** Counts what the visitor asked for: what an earlier wish brings late is dropped. */
  private wish = 0
  private readonly playing = new Playing(page.play, () => this.stage.wake())
  private readonly stage: Stage

  constructor(private readonly shared: Shared) {
    this.stage = new Stage(shared, this.playing)
  }

  /** Shows whether the server is there before anything is asked of it. */
  async connect(onReady: (ready: Ready) => void): Promise<void> {
    try {
      const ready = await this.shared.client.connect()
      alertBox.hide()
      onReady(ready)
    } catch (error) {
      this.fail(error, () => void this.connect(onReady))
    }
  }

  /** Loads an original, sends it, and plays what comes. */
  async speak(note: string, load: () => Promise<GrowingSignal>): Promise<void> {
    const clickedAtMs = performance.now()
    const wish = ++this.wish
    this.stopMicrophone()
    alertBox.hide()
    try {
      await this.shared.needSound()
      const original = await load()
      await this.leaveTake()
      if (wish !== this.wish) return
      setText(page.originalNote, note)
      markClip(clips.findIndex((clip) => clipNote(clip) === note))
      await this.resynthesise(original, clickedAtMs)
    } catch (error) {
      if (wish === this.wish) this.fail(error, () => void this.speak(note, load))
    }
  }

  /** Sends the microphone until it is stopped, or for as long as an original may be. */
  async listen(): Promise<void> {
    const clickedAtMs = performance.now()
    const wish = ++this.wish
    alertBox.hide()
    try {
      const sound = await this.shared.needSound()
      await sound.context.resume()
      await sound.stop()
      await this.leaveTake()
      const original = new GrowingSignal(sampleRate)
      const resampler = new Resampler(sound.context.sampleRate, sampleRate)
      const microphone = await Microphone.open(
        sound.context,
        { echoCancellation: true },
        (heard) => {
          const samples = resampler.push(heard)
          original.append(samples)
          void this.take?.send(samples).catch(() => undefined)
          if (original.seconds > mostSeconds) this.stopMicrophone()
        },
        () => this.stopMicrophone(),
      )
      if (wish !== this.wish) return microphone.stop()
      this.microphone = microphone
      page.speak.ariaPressed = 'true'
      setText(page.speak, 'Stop')
      setText(page.originalNote, 'Your voice')
      markClip(-1)
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

  /** Other settings: the same original again. */
  async again(): Promise<void> {
    const { take } = this
    if (take === undefined || !take.original.isFinished) return
    await this.speak(page.originalNote.textContent, async () => take.original)
  }

  async playOrStop(): Promise<void> {
    if (this.playing.isOn) await this.shared.sound?.stop()
    else if (this.take === undefined) await this.speakClip(clips[0]!)
    else await this.play(chosenVoice(), 0)
  }

  /** The other voice, from the same place. */
  async switchVoice(): Promise<void> {
    const { sound } = this.shared
    if (this.playing.isOn && sound !== undefined) await this.play(chosenVoice(), sound.positionSeconds)
  }

  speakClip(clip: Clip): Promise<void> {
    return this.speak(clipNote(clip), async () =>
      loadAudio(await fetchBytes(`clips/${clip.file}`), sampleRate),
    )
  }

  /** A place on the server is given back before another is asked for. */
  private async leaveTake(): Promise<void> {
    await this.take?.stream.cancel()
  }

  private begin(original: GrowingSignal, clickedAtMs: number): Take {
    const take = new Take(this.shared.client, original, voiceSettings())
    this.take = take
    this.stage.show(take, clickedAtMs)
    // Why a stream was refused is told where its samples are awaited.
    void take.stream.opened.then(({ model }) => setText(page.resultNote, model)).catch(() => undefined)
    return take
  }

  private async resynthesise(original: GrowingSignal, clickedAtMs: number): Promise<void> {
    const take = this.begin(original, clickedAtMs)
    chooseVoice('result')
    const sent = take.sendAll()
    void this.play('result', 0)
    await Promise.all([take.receive(), sent])
    this.stage.wake()
  }

  private async play(voice: 'original' | 'result', fromSeconds: number): Promise<void> {
    const { take } = this
    const { sound } = this.shared
    if (sound === undefined || take === undefined) return
    chooseVoice(voice)
    await this.playing.follow(sound.play(take[voice], fromSeconds))
  }

  private fail(error: unknown, retry?: () => void): void {
    void this.take?.stream.cancel()
    alertBox.show(failureText(error), retry)
  }
}
