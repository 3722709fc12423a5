import { type Clip, clipNote, clips } from './clips.js'
import { makeClient } from './connect.js'
import { voiceSettings } from './controls.js'
import { failureText } from './failure-text.js'
import { fetchAudio, mostSeconds } from './load-audio.js'
import { melConvention } from './mel-convention.js'
import { Microphone } from './microphone.js'
import { chooseVoice, chosenVoice, markClip, page, setText, showAlert } from './page.js'
import { GrowingSignal } from './signal.js'
import { Sound } from './sound.js'
import { Stage } from './stage.js'
import { Take } from './take.js'

const { sampleRate } = melConvention

/** The visitor's doings: one take at a time, heard as original or as resynthesis. */
export class Demo {
  sound: Sound | undefined
  isPlaying = false
  private client = makeClient()
  private take: Take | undefined
  private microphone: Microphone | undefined
  private turn: Promise<void> | undefined
  private soundComing: Promise<Sound> | undefined
  /** Counts what the visitor asked for: what an earlier wish brings late is dropped. */
  private wish = 0
  private readonly stage = new Stage(this)

  /** Shows whether the server is there before anything is asked of it. */
  async connect(): Promise<void> {
    if (this.client.state.name === 'closed') this.client = makeClient()
    try {
      await this.client.connect()
      showAlert()
    } catch (error) {
      this.fail(error, () => void this.connect())
    }
  }

  /** Loads an original, sends it, and plays what comes. */
  async speak(note: string, load: () => Promise<GrowingSignal>): Promise<void> {
    const clickedAtMs = performance.now()
    const wish = ++this.wish
    this.stopMicrophone()
    showAlert()
    try {
      await this.needSound()
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
    showAlert()
    try {
      const sound = await this.needSound()
      await sound.context.resume()
      await sound.stop()
      await this.leaveTake()
      const original = new GrowingSignal(sampleRate)
      const microphone = await Microphone.open(sound.context, sampleRate, (samples) => {
        original.append(samples)
        void this.take?.send(samples).catch(() => undefined)
        if (original.seconds > mostSeconds) this.stopMicrophone()
      })
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
    if (this.isPlaying) await this.sound?.stop()
    else if (this.take === undefined) await this.speakClip(clips[0]!)
    else await this.play(chosenVoice(), 0)
  }

  /** The other voice, from the same place. */
  async switchVoice(): Promise<void> {
    if (this.isPlaying && this.sound !== undefined) await this.play(chosenVoice(), this.sound.positionSeconds)
  }

  speakClip(clip: Clip): Promise<void> {
    return this.speak(clipNote(clip), () => fetchAudio(`clips/${clip.file}`, sampleRate))
  }

  /** Made once, however fast the first clicks come; tried again where it failed. */
  private async needSound(): Promise<Sound> {
    this.soundComing ??= Sound.create()
    try {
      this.sound = await this.soundComing
      return this.sound
    } catch (error) {
      this.soundComing = undefined
      throw error
    }
  }

  /** A place on the server is given back before another is asked for. */
  private async leaveTake(): Promise<void> {
    await this.take?.stream.cancel()
  }

  private begin(original: GrowingSignal, clickedAtMs: number): Take {
    if (this.client.state.name === 'closed') this.client = makeClient()
    const take = new Take(this.client, original, voiceSettings())
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
    const { sound, take } = this
    if (sound === undefined || take === undefined) return
    chooseVoice(voice)
    const playing = sound.play(take[voice], fromSeconds)
    this.turn = playing
    this.setPlaying(true)
    await playing
    if (this.turn === playing) this.setPlaying(false)
  }

  private setPlaying(isPlaying: boolean): void {
    this.isPlaying = isPlaying
    setText(page.play, isPlaying ? 'Stop' : 'Play')
    this.stage.wake()
  }

  private fail(error: unknown, retry?: () => void): void {
    void this.take?.stream.cancel()
    showAlert(failureText(error), retry)
  }
}
