/** Styles as an object: strict policies refuse a `<style>`. Made on first use, as Node has none. */
export function sheetOf(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  return sheet
}
