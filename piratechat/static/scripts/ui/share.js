// The buttons that copy the link to the room, or share it with another app: in the sheet, and in an empty room.

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
      // The clipboard API needs a secure page; this works on other pages.
      document.execCommand('copy')
    }
    button.focus() // selecting the field has moved the focus there
    onCopied()
    button.textContent = t('share.copied')
    setTimeout(() => { button.textContent = label }, 2000)
  })
}

/**
 * Only on phones: the share sheets of computers lack the usual apps.
 *
 * @param {HTMLElement} place
 * @param {string} title
 */
export function offerSheet(place, title) {
  if (!navigator.share || !matchMedia('(pointer: coarse)').matches) return
  const [link, copy] = partsOf(place)
  const button = element('button', { class: 'hand-on', type: 'button' }, t('share.share'))
  // Closing the share sheet is not an error.
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
