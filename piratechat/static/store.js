// What the browser keeps for a page.  A browser may refuse to keep anything
// (private windows, a full disk): the chat then works without.

export function keeper(storage, key) {
  return {
    load() {
      try { return window[storage].getItem(key) } catch { return null }
    },
    save(text) {
      try {
        if (text) window[storage].setItem(key, text)
        else window[storage].removeItem(key)
      } catch { /* see above */ }
    },
  }
}
