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

const YEAR = 365 * 24 * 3600

// A choice that the server reads, too, when the next page is asked for.
export function remember(cookie, value) {
  document.cookie = `${cookie}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax`
}
