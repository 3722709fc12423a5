type Listener<Detail> =
  | ((event: CustomEvent<Detail>) => void)
  | { handleEvent(event: CustomEvent<Detail>): void }
  | null

/**
 * An EventTarget whose events are known: `target.addEventListener('name', ({ detail }) => …)`. With a `signal` or `once`
 * in its options a listener goes by itself, as everywhere on the web.
 */
export class TypedEvents<Details extends object> extends EventTarget {
  override addEventListener<Type extends keyof Details & string>(
    type: Type,
    listener: Listener<Details[Type]>,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListenerOrEventListenerObject | null, options)
  }

  override removeEventListener<Type extends keyof Details & string>(
    type: Type,
    listener: Listener<Details[Type]>,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, listener as EventListenerOrEventListenerObject | null, options)
  }

  protected emit<Type extends keyof Details & string>(type: Type, detail: Details[Type]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
