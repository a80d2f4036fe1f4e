// The buttons that copy the link to the room, and hand it to another app: in the sheet, and in an empty room.

import { element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/**
 * @param {HTMLElement} place
 * @param {() => void} onCopied
 */
export function offerCopy(place, onCopied) {
  const [link, button] = partsOf(place)
  const label = button.textContent
  button.hidden = false
  link.addEventListener('focus', () => link.select())
  button.addEventListener('click', async () => {
    link.select()
    try {
      await navigator.clipboard.writeText(link.value)
    } catch {
      // Browsers give the clipboard to secure pages only; this works in the others.
      document.execCommand('copy')
    }
    button.focus() // selecting the field takes the keyboard there
    onCopied()
    button.textContent = t('share.copied')
    setTimeout(() => { button.textContent = label }, 2000)
  })
}

/**
 * On phones: computers would show a sheet that lacks what people use there.
 *
 * @param {HTMLElement} place
 * @param {string} title
 */
export function offerSheet(place, title) {
  if (!navigator.share || !matchMedia('(pointer: coarse)').matches) return
  const [link, copy] = partsOf(place)
  const button = element('button', { class: 'hand-on', type: 'button' }, t('share.share'))
  // Whoever closes the sheet has changed their mind: nothing went wrong.
  button.addEventListener('click', () => navigator.share({ title, url: link.value }).catch(() => {}))
  copy.after(button)
}

/**
 * @param {HTMLElement} place
 * @returns {[link: HTMLInputElement, copy: HTMLButtonElement]}
 */
function partsOf(place) {
  return [/** @type {HTMLInputElement} */ (place.querySelector('.link')), /** @type {HTMLButtonElement} */ (place.querySelector('.copy-link'))]
}
