// The buttons that copy the link to the room, and hand it to another app.

import { byId, element } from '../lib/dom.js'
import { text as t } from '../lib/texts.js'

/** @param {() => void} onCopied */
export function offerCopy(onCopied) {
  const [link, button] = [byId('link'), byId('copy')]
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

// On phones: computers would show a sheet that lacks what people use there.
/** @param {string} title */
export function offerSheet(title) {
  if (!navigator.share || !matchMedia('(pointer: coarse)').matches) return
  const button = element('button', { id: 'hand-on', type: 'button' }, t('share.share'))
  // Whoever closes the sheet has changed their mind: nothing went wrong.
  button.addEventListener('click', () => navigator.share({ title, url: byId('link').value }).catch(() => {}))
  byId('copy').after(button)
}
