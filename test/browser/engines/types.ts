import type { EngineName } from './programs.js'

/** What tests that run in all engines do with a page. */
export interface Tab {
  goto(url: string): Promise<void>
  /** Calls the function in the page, with an argument and a result that JSON can carry; awaits its promise. */
  evaluate<Argument, Result>(
    run: (argument: Argument) => Result,
    argument: Argument,
  ): Promise<Awaited<Result>>
  /** A click of the visitor, which counts as a gesture. */
  click(selector: string): Promise<void>
  /** A key of the visitor: one character, or Tab, Enter, Escape, Space, ArrowLeft, ArrowRight. */
  press(key: string): Promise<void>
  /** Errors of the page's scripts and console since `goto`. WebKit's driver tells none that came before it resolved. */
  complaints(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Engine {
  readonly name: EngineName
  /** A page of its own, with empty storage. WebKit has one at a time. */
  open(): Promise<Tab>
  close(): Promise<void>
}

export interface EngineOptions {
  /**
   * Whether sound may start without a gesture, as with a visitor who allowed it. Default true. `evaluate` counts as a
   * gesture in Chromium and Firefox: what is to be blocked must start in a script of the page.
   */
  readonly autoplay?: boolean
  /** Whether sound has somewhere to go; only Firefox can be without. Default true. */
  readonly soundDevice?: boolean
}
