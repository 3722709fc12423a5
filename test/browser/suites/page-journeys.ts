import { beforeAll, beforeEach, expect, it } from 'vitest'
import { litShareOf, textWait, untilText } from './in-page.js'
import type { EnginePlace } from './place.js'

/** The machine may be busy with other tests. */
const patience = { timeout: 280_000, interval: 100 }

const clip = (index: number) => `#clips li:nth-child(${index}) button`

/** The journeys of a visitor, one after the other in one tab. What Chromium alone can do is in demo-page.ts. */
export function testPage({ tab, site, token }: EnginePlace): void {
  let visits = 0

  beforeAll(async () => {
    await load()
    // As the field does; what it does is the last journey.
    await tab().evaluate((given) => sessionStorage.setItem('glowcast-token', given), token)
  })

  beforeEach(async () => {
    await load()
    await expectText('#status', /^Connected$/)
  })

  const load = () => tab().goto(`${site().origin}/?visit=${++visits}`)
  const textOf = (selector: string) =>
    tab().evaluate((given) => document.querySelector(given)?.textContent ?? '', selector)
  const expectText = (selector: string, pattern: RegExp) =>
    tab().evaluate(untilText, textWait(selector, pattern))
  const isHidden = (selector: string) =>
    tab().evaluate((given) => document.querySelector<HTMLElement>(given)!.hidden, selector)

  async function enterToken(text: string): Promise<void> {
    await expect.poll(() => isHidden('#access'), patience).toBe(false)
    await tab().click('#token')
    for (const letter of text) await tab().press(letter)
    await tab().press('Enter')
  }

  const litShare = (id: string) => tab().evaluate(litShareOf, id)

  /** A file of the page's own clips, dropped on a half of the page as from a folder. */
  const drop = (half: string) =>
    tab().evaluate(async (given) => {
      const bytes = await (await fetch('clips/kerstin-2.flac')).arrayBuffer()
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([bytes], 'dropped.flac'))
      const tell = (target: string, type: string) =>
        document
          .querySelector(target)!
          .dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
      const target = document.querySelector(`[data-drop=${given}]`)!
      tell('main', 'dragover')
      const isShown = target.checkVisibility()
      tell(`[data-drop=${given}]`, 'drop')
      return { isShown, isLeft: document.querySelector('#drop')!.checkVisibility() }
    }, half)

  /** From now on keeps each text that the elements have, however short it is there. */
  const watch = (selectors: readonly string[]) =>
    tab().evaluate((given) => {
      const seen: Record<string, string[]> = {}
      Object.assign(window, { seen })
      for (const selector of given) {
        const element = document.querySelector(selector)!
        const texts = [element.textContent]
        seen[selector] = texts
        new MutationObserver(() => texts.push(element.textContent)).observe(element, {
          childList: true,
          characterData: true,
          subtree: true,
        })
      }
    }, selectors)
  const seen = (selector: string) =>
    tab().evaluate(
      (given) => (window as unknown as { seen: Record<string, string[]> }).seen[given]!,
      selector,
    )

  it('makes sound on one click, changes the voice while it plays, and stops by Escape', async () => {
    await watch([`${clip(3)} .state`, '#play', '#position'])
    await tab().click(clip(3))
    await expect.poll(() => seen(`${clip(3)} .state`), patience).toContain('Stop')
    await tab().click('.voices label:first-of-type')
    await expectText('#rtf', /^\d\.\d{3}$/)
    await expectText('#first-sound', /^\d+ ms$/)
    await expect.poll(async () => (await seen('#position')).at(-1), patience).not.toMatch(/^0\.[0-4]$/)
    expect(
      await tab().evaluate(() => document.querySelector<HTMLInputElement>('[value=original]')!.checked, null),
    ).toBe(true)
    await tab().press('Escape')
    await expectText('#play', /^Play$/)
    await expectText('#position', /^0\.0$/)
    // It played on, without a step back, until it was stopped.
    const positions = (await seen('#position')).map(Number)
    expect(positions.slice(0, -1)).toEqual(positions.slice(0, -1).toSorted((a, b) => a - b))
    expect(await seen('#play')).toEqual(['Play', 'Pause', 'Play'])
    expect(await litShare('original')).toBeGreaterThan(0.1)
    expect(await litShare('result')).toBeGreaterThan(0.1)
    expect(await isHidden('#alert')).toBe(true)
    expect(await tab().complaints()).toEqual([])
  })

  it('plays from where a picture is clicked', async () => {
    await tab().click(clip(4))
    await expectText('#rtf', /^\d\.\d{3}$/)
    await expectText('#duration', /^2\.8$/)
    await tab().press('Escape')
    await expectText('#position', /^0\.0$/)
    // Its middle.
    await tab().click('#original')
    await expectText('#position', /^1\.[34]$/)
    await watch(['#position', `${clip(4)} .state`])
    await tab().click('#play')
    await expect
      .poll(() => seen('#position'), patience)
      .toEqual(expect.arrayContaining([expect.stringMatching(/^2\./)]))
    const positions = (await seen('#position')).map(Number).filter((value) => value > 0)
    expect(Math.min(...positions)).toBeGreaterThanOrEqual(1.3)
    expect(await seen(`${clip(4)} .state`)).toContain('Stop')
    expect(await tab().complaints()).toEqual([])
  })

  it('rebuilds a file that is dropped on its upper half', async () => {
    expect(await drop('speak')).toEqual({ isShown: true, isLeft: false })
    await expectText('#original-note', /^dropped\.flac$/)
    await expectText('#rtf', /^\d\.\d{3}$/)
    expect(await isHidden('#alert')).toBe(true)
    expect(await tab().complaints()).toEqual([])
  })

  it('scores a file that is dropped on its lower half', async () => {
    expect(await drop('score')).toEqual({ isShown: true, isLeft: false })
    await expectText('#score-note', /^dropped\.flac$/)
    await expectText('#score-about', /^All 2\.\d s/)
    expect(await textOf('#score-decision')).toMatch(/^Accept/)
    expect(await textOf('#score-p')).toMatch(/^\d\.\d+$/)
    expect(await textOf('#original-note')).toBe('')
    expect(await litShare('score-spectrogram')).toBeGreaterThan(0.1)
    expect(await isHidden('#score-alert')).toBe(true)
    expect(await tab().complaints()).toEqual([])
  })

  it('asks for a token, says that a wrong one is wrong, and goes on with the right one', async () => {
    await tab().evaluate(() => sessionStorage.clear(), null)
    await load()
    await expectText(
      '#alert-text',
      /^This server needs an access token\. Enter it in the field “Access token”\.$/,
    )
    await enterToken('not-the-right-one')
    await expectText('#alert-text', /^The server did not accept this access token\./)
    expect(await tab().evaluate(() => document.querySelector('#token')!.ariaInvalid, null)).toBe('true')
    expect(await isHidden('#retry')).toBe(true)
    await enterToken('no header carries "this"')
    await expectText('#alert-text', /^The server did not accept this access token\./)
    await enterToken(token)
    await expectText('#status', /^Connected$/)
    expect(await isHidden('#access')).toBe(true)
    expect(await isHidden('#alert')).toBe(true)
  })
}
