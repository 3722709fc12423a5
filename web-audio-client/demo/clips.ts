export interface Clip {
  readonly file: string
  readonly title: string
  readonly voice: string
}

export const clips: readonly Clip[] = [
  { file: 'lakes.flac', title: 'Lakes and rivers, hundreds of them', voice: 'Kathleen, English' },
  { file: 'fingers.flac', title: 'Suddenly his fingers closed tightly', voice: 'Kathleen, English' },
  { file: 'kerstin-1.flac', title: 'Er bildet zugleich eine Pfarrgemeinde', voice: 'Kerstin, German' },
  { file: 'kerstin-2.flac', title: 'Ich verstehe das nicht', voice: 'Kerstin, German' },
]

export function clipNote({ title, voice }: Clip): string {
  return `${voice}: ${title}`
}
