/**
 * The path that an upgrade request asks for, without its query.
 *
 * @param target of the request line: a path, or a whole URL
 * @returns undefined for a target that is neither
 */
export function upgradePath(target = '/'): string | undefined {
  // As the path that it is: URL would take "//host/path" for another host, and throw for "//".
  const url = target.startsWith('/') ? `http://localhost${target}` : target
  return URL.canParse(url) ? new URL(url).pathname : undefined
}
