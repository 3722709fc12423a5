/** Which reasons damaged recordings are given: damage by reason. */
export class ReasonTable {
  private readonly rows: { damage: string; counts: Map<string, number>; items: number }[] = []

  /** @param reasons of each item's verdict; none where it was accepted */
  add(damage: string, reasons: readonly (readonly string[])[]): void {
    const counts = new Map<string, number>()
    for (const name of reasons.flatMap((list) => (list.length > 0 ? list : ['accepted']))) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    this.rows.push({ damage, counts, items: reasons.length })
  }

  markdown(): string[] {
    const names = [...new Set(this.rows.flatMap(({ counts }) => [...counts.keys()]))].sort()
    return [
      `| damage | ${names.join(' | ')} |`,
      `|${'---|'.repeat(names.length + 1)}`,
      ...this.rows.map(({ damage, counts, items }) => {
        const cells = names.map((name) => {
          const share = Math.round((100 * (counts.get(name) ?? 0)) / items)
          return share === 0 ? '' : `${share}`
        })
        return `| ${damage} | ${cells.join(' | ')} |`
      }),
    ]
  }
}
