/** An element of the page. */
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`#${id}: got ${found?.constructor.name}, expected ${kind.name}`)
}

export const button = (id: string) => element(id, HTMLButtonElement)
export const input = (id: string) => element(id, HTMLInputElement)

export function say(id: string, text: string): void {
  element(id, HTMLElement).textContent = text
}

/** Runs what the visitor asked for; what it throws is said. */
export async function saying(id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    say(id, (error as Error).message)
  }
}

export async function clip(): Promise<File> {
  const response = await fetch('./lakes.flac')
  if (!response.ok) throw new Error(`lakes.flac: status ${response.status}`)
  return new File([await response.blob()], 'lakes.flac')
}
