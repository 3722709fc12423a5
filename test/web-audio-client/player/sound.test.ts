import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Output } from '../../../web-audio-client/player/output.js'
import { canShareMemory, soundProblem } from '../../../web-audio-client/player/sound-problem.js'
import { type Observed, playerState } from '../../../web-audio-client/player/state.js'
import { Volume } from '../../../web-audio-client/player/volume.js'

afterEach(() => vi.unstubAllGlobals())

/** A context that does as it is told. */
class FakeContext extends EventTarget {
  state = 'suspended'
  currentTime = 0
  resumes = 0
  resume(): Promise<void> {
    this.resumes += 1
    return Promise.reject(new DOMException('no gesture', 'NotAllowedError'))
  }
}

function watched() {
  const context = new FakeContext()
  let now = 5000
  const output = new Output(context as unknown as AudioContext, () => now)
  const wait = (ms: number) => {
    now += ms
    if (context.state === 'running') context.currentTime += ms / 1000
  }
  return { context, output, wait, stand: (ms: number) => (now += ms) }
}

describe('Output', () => {
  it('waits for a gesture where none was given', () => {
    vi.stubGlobal('navigator', { userActivation: { hasBeenActive: false } })
    const { context, output, wait } = watched()
    output.resume()
    expect(context.resumes).toBe(1)
    expect(output.state).toBe('starting')
    wait(400)
    expect(output.state).toBe('suspended')
    wait(60_000)
    expect(output.state).toBe('suspended')
    context.state = 'running'
    expect(output.state).toBe('running')
  })

  it('tells that there is no device where nothing runs in spite of a gesture', () => {
    vi.stubGlobal('navigator', { userActivation: { hasBeenActive: true } })
    const { output, wait } = watched()
    output.resume()
    wait(1900)
    expect(output.state).toBe('starting')
    wait(200)
    expect(output.state).toBe('no-output')
  })

  it('tells so too where the clock stands, and takes it back when it moves', () => {
    const { context, output, wait, stand } = watched()
    context.state = 'running'
    for (let i = 0; i < 50; i++) {
      wait(100)
      expect(output.state).toBe('running')
    }
    stand(1500)
    expect(output.state).toBe('no-output')
    wait(100)
    expect(output.state).toBe('running')
    context.dispatchEvent(new Event('error'))
    stand(1)
    expect(output.state).toBe('no-output')
  })

  it('does not take the time that a context was suspended for a standing clock', () => {
    const { context, output, wait, stand } = watched()
    context.state = 'running'
    wait(100)
    expect(output.state).toBe('running')
    context.state = 'suspended'
    stand(60_000)
    expect(output.state).toBe('suspended')
    context.state = 'running'
    expect(output.state).toBe('running')
  })

  it('asks for the sound back after an interruption, with the next tap or return, until it runs', () => {
    const page = new EventTarget()
    vi.stubGlobal('document', page)
    const { context, output } = watched()
    context.state = 'running'
    output.resume()
    const become = (state: string) => {
      context.state = state
      context.dispatchEvent(new Event('statechange'))
    }
    become('suspended')
    page.dispatchEvent(new Event('pointerup'))
    expect(context.resumes).toBe(0)
    become('interrupted')
    page.dispatchEvent(new Event('visibilitychange'))
    page.dispatchEvent(new Event('pointerup'))
    expect(context.resumes).toBe(2)
    become('running')
    page.dispatchEvent(new Event('pointerup'))
    become('interrupted')
    output.stop()
    page.dispatchEvent(new Event('pointerup'))
    expect(context.resumes).toBe(2)
  })

  it('passes on what the system says', () => {
    const { context, output } = watched()
    for (const state of ['interrupted', 'closed']) {
      context.state = state
      expect(output.state).toBe(state)
    }
  })
})

describe('playerState', () => {
  const calm: Observed = {
    output: 'running',
    hasSource: true,
    isHeld: false,
    isSounding: false,
    isStarved: false,
  }

  it.each([
    [{ hasSource: false }, 'idle'],
    [{ hasSource: false, output: 'suspended' }, 'idle'],
    [{}, 'buffering'],
    [{ isSounding: true }, 'playing'],
    [{ isStarved: true }, 'stalled'],
    [{ isHeld: true, isStarved: true }, 'paused'],
    [{ output: 'starting', isSounding: true }, 'buffering'],
    [{ output: 'suspended', isHeld: true }, 'suspended'],
    [{ output: 'interrupted', isSounding: true }, 'interrupted'],
    [{ output: 'no-output', isSounding: true }, 'no-output'],
    [{ output: 'closed', hasSource: false }, 'closed'],
  ] as const)('of %j is %s', (observed, state) => {
    expect(playerState({ ...calm, ...observed })).toBe(state)
  })
})

describe('soundProblem', () => {
  const sound = () => {
    vi.stubGlobal('AudioContext', class {})
    vi.stubGlobal('AudioWorkletNode', class {})
    vi.stubGlobal('isSecureContext', true)
  }

  it('is none where all is there, and names what is missing', () => {
    expect(soundProblem()).toMatchObject({ code: 'unsupported' })
    sound()
    expect(soundProblem()).toBeUndefined()
    vi.stubGlobal('AudioWorkletNode', undefined)
    expect(soundProblem()?.message).toMatch(/AudioWorklet/)
    vi.stubGlobal('isSecureContext', false)
    vi.stubGlobal('location', { origin: 'http://192.168.1.5:8080' })
    expect(soundProblem()).toMatchObject({ code: 'insecure_context' })
    expect(soundProblem()?.message).toMatch(/https, or from localhost; .*192\.168\.1\.5:8080$/)
  })

  it('does not take an isolated page for one that has shared memory', () => {
    vi.stubGlobal('crossOriginIsolated', true)
    expect(canShareMemory()).toBe(true)
    vi.stubGlobal('SharedArrayBuffer', undefined)
    expect(canShareMemory()).toBe(false)
    vi.unstubAllGlobals()
    vi.stubGlobal('crossOriginIsolated', false)
    expect(canShareMemory()).toBe(false)
  })
})

/** A gain that keeps its events, and can tell its value at any time: what W3C's Web Audio says of them. */
class FakeGain {
  private events: { kind: 'set' | 'ramp'; value: number; seconds: number }[] = []
  cancelScheduledValues(from: number): void {
    this.events = this.events.filter(({ seconds }) => seconds < from)
  }
  setValueAtTime(value: number, seconds: number): void {
    this.events.push({ kind: 'set', value, seconds })
  }
  linearRampToValueAtTime(value: number, seconds: number): void {
    this.events.push({ kind: 'ramp', value, seconds })
  }
  at(seconds: number): number {
    const before = this.events.filter((event) => event.seconds <= seconds).at(-1) ?? { value: 1, seconds: 0 }
    const next = this.events.find((event) => event.seconds > seconds)
    if (next?.kind !== 'ramp') return before.value
    const share = (seconds - before.seconds) / (next.seconds - before.seconds)
    return before.value + share * (next.value - before.value)
  }
}

describe('Volume', () => {
  function fake() {
    const gain = new FakeGain()
    const clock = { seconds: 1 }
    return { gain, clock, volume: new Volume(gain as unknown as AudioParam, () => clock.seconds) }
  }

  it('reaches what was asked for, and keeps the level while muted', () => {
    const { gain, clock, volume } = fake()
    volume.volume = 0.5
    expect(gain.at(clock.seconds)).toBe(1)
    expect(gain.at(clock.seconds + 0.1)).toBe(0.5)
    clock.seconds += 1
    volume.muted = true
    volume.volume = 0.25
    expect(gain.at(clock.seconds + 0.1)).toBe(0)
    clock.seconds += 1
    volume.muted = false
    expect(gain.at(clock.seconds + 0.1)).toBe(0.25)
  })

  it('makes no step, however late the audio thread hears of it, and however fast a slider is moved', () => {
    const { gain, clock, volume } = fake()
    let heard = 1
    for (let ms = 0; ms < 500; ms++) {
      clock.seconds = 1 + ms / 1000
      if (ms % 7 === 0 && ms < 400) volume.volume = (ms % 5) / 4
      // The audio thread is up to 20 ms ahead of what the page reads as now.
      const value = gain.at(clock.seconds + 0.02)
      // A whole ramp takes 20 ms.
      expect(Math.abs(value - heard)).toBeLessThanOrEqual(1 / 20 + 1e-9)
      heard = value
    }
    expect(heard).toBe(volume.volume)
  })

  it.each([1.5, -0.1, Number.NaN, '0.5', null])('refuses %j, and stays as it was', (value) => {
    const { volume } = fake()
    volume.volume = 0.25
    const shown = typeof value === 'string' ? '"0.5"' : `${value}`
    expect(() => {
      volume.volume = value as number
    }).toThrow(`volume: got ${shown}, expected a number from 0 to 1`)
    expect(volume.volume).toBe(0.25)
  })
})

describe('the package of the client', () => {
  it('needs nothing, and has the version of the whole', () => {
    const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const own = read('web-audio-client/package.json')
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      expect(own).not.toHaveProperty(kind)
    }
    expect(own['version']).toBe(read('package.json')['version'])
  })
})
