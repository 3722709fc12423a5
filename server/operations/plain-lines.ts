/** Log lines for people at a terminal: time, level, message, and the rest as `name=value`. */
export function plainLines(out: { write(text: string): unknown }): { write(line: string): void } {
  return {
    write(line) {
      const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
      const fields = Object.entries(rest).map(([name, value]) => `${name}=${text(value)}`)
      const parts = [`${time}`.slice(11, 19), levels[level as number] ?? `${level}`, msg, ...fields]
      const stack = (err as { stack?: string } | undefined)?.stack
      out.write(`${parts.join(' ')}\n${stack === undefined ? '' : `${stack}\n`}`)
    },
  }
}

const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
