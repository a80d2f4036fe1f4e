// People whose messages the reader has hidden.  Their names are stored only in the browser.

/** @import { Keeper } from '../types.d.ts' */

const MOST = 200

export class HiddenPeople {
  /** @param {Keeper} keeper */
  constructor(keeper) {
    this.keeper = keeper
    this.names = new Set(read(keeper.load()))
  }

  /** @param {string} name */
  has(name) { return this.names.has(name) }

  /** @param {string} name */
  hide(name) {
    this.names.add(name)
    this.save()
  }

  /** @param {string} name */
  show(name) {
    this.names.delete(name)
    this.save()
  }

  save() {
    const kept = [...this.names].slice(-MOST)
    this.keeper.save(kept.length ? JSON.stringify(kept) : '')
  }
}

/**
 * @param {string | null} text
 * @returns {string[]}
 */
function read(text) {
  try {
    const found = JSON.parse(text ?? '[]')
    return Array.isArray(found) ? found.filter((name) => typeof name === 'string').slice(-MOST) : []
  } catch {
    return []
  }
}
