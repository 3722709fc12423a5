/** Key codes of the WebDriver specification; other keys are their character. */
const keys: Readonly<Record<string, string>> = {
  Tab: '\uE004',
  Enter: '\uE007',
  Escape: '\uE00C',
  Space: ' ',
  ArrowLeft: '\uE012',
  ArrowRight: '\uE014',
}

const elementKey = 'element-6066-11e4-a52e-4f735466cecf'

/** A session of a W3C WebDriver, as much of it as the tests use: https://www.w3.org/TR/webdriver2/ */
export class WebDriverSession {
  private constructor(
    private readonly driver: string,
    private readonly id: string,
  ) {}

  /** @param driver `http://127.0.0.1:port` */
  static async start(driver: string, capabilities: object): Promise<WebDriverSession> {
    const body = { capabilities: { alwaysMatch: capabilities } }
    const { sessionId } = (await call(`${driver}/session`, 'POST', body)) as { sessionId: string }
    const session = new WebDriverSession(driver, sessionId)
    await session.post('timeouts', { script: 300_000, pageLoad: 300_000 })
    return session
  }

  async goto(url: string): Promise<void> {
    await this.post('url', { url })
  }

  /** Calls the function in the page; awaits its promise. */
  async evaluate(run: string, argument: unknown): Promise<unknown> {
    const script = `
      const done = arguments[arguments.length - 1]
      Promise.resolve().then(() => (${run})(arguments[0])).then(
        (value) => done({ value }),
        (error) => done({ error: String(error?.stack ?? error), message: String(error?.message ?? error) }))`
    const result = (await this.post('execute/async', { script, args: [argument ?? null] })) as {
      value?: unknown
      error?: string
      message?: string
    }
    if (result.error !== undefined) throw new Error(`${result.message}\n${result.error}`)
    return result.value
  }

  async click(selector: string): Promise<void> {
    const body = { using: 'css selector', value: selector }
    const element = (await this.post('element', body)) as Record<string, string>
    await this.post(`element/${element[elementKey]}/click`, {})
  }

  async press(key: string): Promise<void> {
    const value = keys[key] ?? key
    const actions = [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]
    await this.post('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] })
  }

  async end(): Promise<void> {
    await call(`${this.driver}/session/${this.id}`, 'DELETE')
  }

  private post(command: string, body: object): Promise<unknown> {
    return call(`${this.driver}/session/${this.id}/${command}`, 'POST', body)
  }
}

async function call(url: string, method: string, body?: object): Promise<unknown> {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: { error?: string; message?: string } }
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`)
  return value
}
