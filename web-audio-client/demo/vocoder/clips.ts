export interface Clip {
  /** In links that are shared. */
  readonly id: string
  readonly title: string
  readonly voice: string
  /** Of the title. */
  readonly lang: 'en' | 'de'
}

export const clips: readonly Clip[] = [
  { id: 'lakes', title: 'Lakes and rivers, hundreds of them', voice: 'Kathleen, English', lang: 'en' },
  { id: 'fingers', title: 'Suddenly his fingers closed tightly', voice: 'Kathleen, English', lang: 'en' },
  { id: 'kerstin-1', title: 'Er bildet zugleich eine Pfarrgemeinde', voice: 'Kerstin, German', lang: 'de' },
  { id: 'kerstin-2', title: 'Ich verstehe das nicht', voice: 'Kerstin, German', lang: 'de' },
]

export function clipUrl({ id }: Clip): string {
  return `clips/${id}.flac`
}

export function clipNote({ title, voice }: Clip): string {
  return `${voice}: ${title}`
}
