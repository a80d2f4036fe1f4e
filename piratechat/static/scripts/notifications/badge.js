// Shows the number of unread messages in the title of the page, on its icon, and on the installed app.

import { element } from '../lib/dom.js'

const SIZE = 64
const DOT = { colour: '#d4351c', rim: '#fff', radius: 17 }

export class Badge {
  /** @type {string | undefined} */
  dotted

  constructor() {
    this.title = document.title
    this.icons = [.../** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll('link[rel~=icon]'))]
    this.count = 0
  }

  /**
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    this.title = this.title.replace(from, () => to)
    this.show(this.count, true)
  }

  /** @param {number} count */
  show(count, renamed = false) {
    if (count === this.count && !renamed) return
    const differs = Boolean(count) !== Boolean(this.count)
    this.count = count
    document.title = count ? `(${count}) ${this.title}` : this.title
    if (differs) this.showIcon()
    // Only installed apps have a badge, and only in some browsers.
    const shown = count ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.()
    shown?.catch(() => {})
  }

  async showIcon() {
    // The theme's icon with a dot, drawn when it is first needed.
    this.dotted ??= await dotted(this.icons[0]?.href)
    const links = this.count ? [element('link', { rel: 'icon', type: 'image/png', href: this.dotted })] : this.icons
    // The element is replaced, because browsers do not reload the icon of an existing one.
    for (const link of document.querySelectorAll('link[rel~=icon]')) link.remove()
    document.head.append(...links)
  }
}

/**
 * Returns the icon at `url` with a dot, as a data: URL.
 *
 * @param {string | undefined} url
 */
async function dotted(url) {
  const canvas = element('canvas', { width: SIZE, height: SIZE })
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  const icon = new Image(SIZE, SIZE)
  try {
    icon.src = url ?? ''
    await icon.decode()
    pen.drawImage(icon, 0, 0, SIZE, SIZE)
  } catch { /* no icon, or one that cannot be drawn: the dot alone says it */ }
  const { colour, rim, radius } = DOT
  pen.beginPath()
  pen.arc(SIZE - radius - 2, radius + 2, radius, 0, 2 * Math.PI)
  pen.fillStyle = colour
  pen.fill()
  pen.lineWidth = 4
  pen.strokeStyle = rim
  pen.stroke()
  return canvas.toDataURL('image/png')
}
