// Messages of pages to the service worker.

const PATIENCE = 3000       // timeout for an answer of the worker, in milliseconds

/**
 * Resolves when the worker has finished.
 *
 * @param {ServiceWorker} worker
 * @param {object} what  see service_worker.js
 * @returns {Promise<unknown>}
 */
export function tellWorker(worker, what) {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = done
    setTimeout(done, PATIENCE)
    worker.postMessage(what, [port2])
  })
}
