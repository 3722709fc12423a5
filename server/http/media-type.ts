import { type ContentType, parse } from 'content-type'

/** A `Content-Type` with its parameters, quoted or not (RFC 9110, 8.3.1): names in small letters, values as they are. */
export function mediaType(header: string | undefined): Pick<ContentType, 'type' | 'parameters'> {
  return parse(header ?? '')
}
