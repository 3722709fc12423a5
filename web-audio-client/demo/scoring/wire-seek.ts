/**
 * A slider for the keyboard, and pictures over the same time for the mouse.
 *
 * @param seek called with the seconds that were chosen
 */
export function wireSeek(
  slider: HTMLInputElement,
  pictures: readonly HTMLElement[],
  seek: (seconds: number) => void,
): void {
  slider.addEventListener('input', () => seek(slider.valueAsNumber))
  for (const picture of pictures) {
    picture.addEventListener('click', ({ clientX }) => {
      if (slider.disabled) return
      const { left, width } = picture.getBoundingClientRect()
      const share = Math.min(1, Math.max(0, (clientX - left) / width))
      seek(share * Number(slider.max))
    })
  }
}
