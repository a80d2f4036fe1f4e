// The button that copies the link to the room.

import { byId } from './dom.js'

export function offerCopy() {
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
    button.textContent = 'Copied'
    setTimeout(() => { button.textContent = label }, 2000)
  })
}
