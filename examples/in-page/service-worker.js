// The build writes `version` and `shell` before this text: see vite.config.ts. The model and the runtime are not of the
// shell: `Vocoder.load` stores them, by their hashes.
/* global version, shell */
const cacheName = `glowcast-page-${version}`

self.addEventListener('install', (event) => event.waitUntil(store()))
self.addEventListener('activate', (event) => event.waitUntil(removeOthers()))
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request
  if (method === 'GET' && new URL(url).origin === location.origin) event.respondWith(answer(event.request))
})

async function store() {
  const cache = await caches.open(cacheName)
  await cache.addAll(shell.map((path) => new Request(path, { cache: 'no-cache' })))
}

/** Of earlier builds of this page. */
async function removeOthers() {
  const names = await caches.keys()
  const old = names.filter((name) => name.startsWith('glowcast-page-') && name !== cacheName)
  await Promise.all(old.map((name) => caches.delete(name)))
}

async function answer(request) {
  const cache = await caches.open(cacheName)
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request)
}
