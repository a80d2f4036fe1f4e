// What pages tell the service worker.

const PATIENCE = 3000       // milliseconds after which a worker that does not answer is not waited for

/**
 * Resolves when the worker has done it.
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
