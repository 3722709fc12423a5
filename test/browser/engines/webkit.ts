import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { findXvfb, programOf } from './programs.js'
import type { Engine, EngineOptions, Tab } from './types.js'
import { WebDriverSession } from './webdriver.js'

/** WebKitGTK's MiniBrowser, through its WebDriver, on a display of its own. */
export async function launchWebKit({ autoplay }: Required<EngineOptions>): Promise<Engine> {
  const screen = process.env['DISPLAY'] === undefined ? await startXvfb() : undefined
  const port = await freePort()
  const driver = spawn(programOf('webkit')!, [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, ...(screen === undefined ? {} : { DISPLAY: screen.display }) },
  })
  const address = `http://127.0.0.1:${port}`
  await untilAnswered(`${address}/status`)
  return {
    name: 'webkit',
    open: () => openTab(address, autoplay),
    async close() {
      await ended(driver)
      if (screen !== undefined) await ended(screen.process)
    },
  }
}

async function openTab(address: string, autoplay: boolean): Promise<Tab> {
  const session = await WebDriverSession.start(address, {
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': {
      args: ['--automation', `--autoplay-policy=${autoplay ? 'allow' : 'allow-without-sound'}`],
    },
  })
  return {
    async goto(url) {
      await session.goto(url)
      await session.evaluate(`${collectComplaints}`, null)
    },
    evaluate: (run, argument) => session.evaluate(`${run}`, argument) as never,
    click: (selector) => session.click(selector),
    press: (key) => session.press(key),
    complaints: () => session.evaluate('() => window.complaints', null) as Promise<string[]>,
    close: () => session.end(),
  }
}

/** In the page: the driver has no log. */
function collectComplaints(): void {
  const complaints: string[] = []
  Object.assign(window, { complaints })
  addEventListener('error', ({ message }) => complaints.push(message))
  addEventListener('unhandledrejection', ({ reason }) => complaints.push(`${reason}`))
  addEventListener('securitypolicyviolation', ({ violatedDirective }) => complaints.push(violatedDirective))
}

/** An X server without a screen, on a display number that it picks itself. */
async function startXvfb(): Promise<{ process: ChildProcess; display: string }> {
  const args = ['-displayfd', '3', '-screen', '0', '1024x800x24', '-nolisten', 'tcp']
  const child = spawn(findXvfb()!, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const [number] = (await once(child.stdio[3]!, 'data')) as [Buffer]
  return { process: child, display: `:${number.toString().trim()}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function untilAnswered(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await fetch(url)
      return
    } catch (error) {
      if (tries === 6000) throw error
      await sleep(50)
    }
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'exit')
}
