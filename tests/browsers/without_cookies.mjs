// A room in a frame, in a browser that blocks its cookies: visitors can read, and are told why they cannot post.
//
//     node without_cookies.mjs '{"launch": OPTIONS OF puppeteer.launch, "site": "https://...", "room": "https://...",
//                                "pictures": "FOLDER"}'
//
// Exits with status 1 and an error message if a check fails.

import path from 'node:path'
import { parseArgs } from 'node:util'

import puppeteer from 'puppeteer-core'

const TIMEOUT = 20_000 // milliseconds for any wait

const { positionals: [argument] } = parseArgs({ allowPositionals: true })
const { launch, site, room, pictures } = JSON.parse(argument)

/** @param {string} what */
function check(what, actual, expected) {
  const [found, wanted] = [actual, expected].map((each) => JSON.stringify(each))
  if (found !== wanted) throw new Error(`${what}: ${found}, expected ${wanted}`)
}

async function framed(page, parent) {
  await page.goto(`${parent}/?${room}?frame=yes&as=original`)
  return (await page.waitForSelector('iframe')).contentFrame()
}

const isExplained = (frame) => frame.waitForFunction(() => {
  const places = [...document.querySelectorAll('#reason, #say-error')]
  return places.some((one) => one.checkVisibility() && one.textContent.includes('blocks cookies in this frame'))
})

const browser = await puppeteer.launch(launch)
try {
  const page = await browser.newPage()
  page.setDefaultTimeout(TIMEOUT)
  await page.setViewport({ width: 390, height: 844 })
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  const frame = await framed(page, site)
  await frame.waitForFunction(() => document.querySelector('#messages')?.textContent.includes('Hello, my friend'))
  await isExplained(frame)
  await page.screenshot({ path: path.join(pictures, `frame-without-cookies-${launch.browser}.png`) })
  const link = await frame.$eval('#own-tab', ({ href, target }) => ({ href, target }))
  check('The link to the room', link, { href: room, target: '_blank' })
  check('Whether the link is visible', await frame.$eval('#own-tab', (one) => one.checkVisibility()), true)
  check('The number of navigations', await frame.evaluate(() => performance.getEntriesByType('navigation').length), 1)
  // Without scripts, the server explains it, and keeps the typed text.
  await page.setViewport({ width: 1280, height: 844 })
  const scriptless = await framed(page, `${site}/without-scripts`)
  await (await scriptless.waitForSelector('#say [name=text]')).type('By hand')
  const name = await scriptless.waitForSelector('#say [name=name]')
  await name.type('Bo')
  await name.press('Enter')
  const told = await (await scriptless.waitForSelector('#say-error:not([hidden])')).evaluate((one) => one.textContent)
  check('The explanation of the server', told.includes('blocks cookies in this frame'), true)
  check('The typed text', await scriptless.$eval('#say [name=text]', ({ value }) => value.trim()), 'By hand')
  check('Errors', complaints, [])
} finally {
  await browser.close()
}
