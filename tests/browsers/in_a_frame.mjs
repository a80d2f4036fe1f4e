// A room in a frame of another site, in any browser: a visitor reads, posts, reloads the page, and keeps their name.
//
//     node in_a_frame.mjs '{"launch": OPTIONS OF puppeteer.launch, "chat": "https://...", "site": "https://...",
//                           "other": "https://...", "pictures": "FOLDER"}'
//
// `site` may embed rooms, `other` may not; both answer /?URL with a page that frames it, and /without-scripts/?URL
// with one whose frame runs no scripts.  Exits with status 1 and an error message if a check fails.

import path from 'node:path'
import { parseArgs } from 'node:util'

import puppeteer from 'puppeteer-core'

const TIMEOUT = 20_000 // milliseconds for any wait
const THEMES = ['pirate', 'harbour', 'plain', 'terminal']

const { positionals: [argument] } = parseArgs({ allowPositionals: true })
const { launch, chat, site, other, pictures } = JSON.parse(argument)

/** @param {string} what */
function check(what, actual, expected) {
  const [found, wanted] = [actual, expected].map((each) => JSON.stringify(each))
  if (found !== wanted) throw new Error(`${what}: ${found}, expected ${wanted}`)
}

async function newPage(context, width = 1280) {
  const page = await context.newPage()
  page.setDefaultTimeout(TIMEOUT)
  page.complaints = []
  page.on('pageerror', (error) => page.complaints.push(String(error)))
  await page.setViewport({ width, height: 844 })
  return page
}

// Opens a room in a separate tab, and returns its URL.
async function openRoom(page, name) {
  await page.goto(chat)
  await (await page.waitForSelector('#open [name=name]')).type(name)
  await Promise.all([page.waitForNavigation(), page.click('#open button')])
  await isConnected(page)
  await say(page, 'Hello, my friend')
  return page.$eval('#link', (field) => field.value)
}

const isConnected = (frame) => frame.waitForSelector('#connection[data-state=connected]')

async function say(frame, text, name) {
  await (await frame.waitForSelector('#say [name=text]', { visible: true })).click()
  if (name) await (await frame.waitForSelector('#say [name=name]', { visible: true })).type(name)
  await (await frame.waitForSelector('#say [name=text]')).type(text)
  await (await frame.waitForSelector('#say [name=text]')).press('Enter')
  await frame.waitForFunction((text) => [...document.querySelectorAll('#messages .message')].some((one) => one.textContent.includes(text)), {}, text)
}

// Loads a page at `origin` that frames the room, and returns the frame.
async function framed(page, origin, room, query = '') {
  await page.goto(`${origin}/?${room}?frame=yes${query}`)
  return (await page.waitForSelector('iframe')).contentFrame()
}

const you = (frame) => frame.$eval('main', (main) => main.dataset.you ?? null)

async function readsPostsAndReloads(page, room) {
  let frame = await framed(page, site, room, '&as=original')
  await isConnected(frame)
  await frame.waitForFunction(() => document.querySelector('#messages')?.textContent.includes('Hello, my friend'))
  check('The name on the first visit', await you(frame), null)
  await say(frame, 'Zanzibar is mine', 'Bo')
  frame = await framed(page, site, room)
  await isConnected(frame)
  check('The name after a reload', await you(frame), 'Bo')
  await say(frame, 'And Tortuga')
  check('Elements that are hidden in frames', await frame.$$eval('#rooms, #more, #invite, #owner, [rel=home], [rel=manifest]', (all) => all.length), 0)
  check('More than one translator', await frame.$$eval('#views a', (all) => all.length) > 1, true)
}

async function withoutScripts(context, room) {
  const page = await newPage(context)
  const frame = await framed(page, `${site}/without-scripts`, room)
  await (await frame.waitForSelector('#say [name=text]')).type('By hand')
  await (await frame.waitForSelector('#say button')).click()
  await frame.waitForSelector('#m4')
  check('The path', await frame.evaluate(() => location.pathname), new URL(room).pathname.replace(/^/, '/frame'))
  check('The name without scripts', await you(frame), 'Bo')
  await page.close()
}

// The frame of a page that may not embed rooms stays empty.
async function staysEmpty(page, room) {
  await page.goto(`${other}/?${room}?frame=yes`).catch(() => {})
  await page.waitForSelector('iframe')
  await new Promise((done) => setTimeout(done, 1000))
  for (const frame of page.frames().slice(1)) {
    const text = await frame.evaluate(() => document.querySelector('main')?.textContent ?? '').catch(() => '')
    check('The text in the frame of another site', text, '')
  }
}

async function looks(context, room) {
  for (const width of [1280, 390]) {
    const page = await newPage(context, width)
    for (const theme of THEMES) {
      const frame = await framed(page, site, room, `&theme=${theme}`)
      await isConnected(frame)
      const { beside, below } = await frame.evaluate(() => ({
        beside: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        below: Math.round(innerHeight - document.querySelector('main').getBoundingClientRect().bottom),
      }))
      check(`${theme} at ${width}`, [beside, below], [0, 0])
      await page.screenshot({ path: path.join(pictures, `frame-${theme}-${launch.browser}-${width}.png`) })
    }
    check('Errors', page.complaints, [])
    await page.close()
  }
}

const browser = await puppeteer.launch(launch)
try {
  const ada = await browser.createBrowserContext()
  const adaPage = await newPage(ada)
  const room = await openRoom(adaPage, `Ada of ${launch.browser}`)
  const bo = await browser.createBrowserContext()
  const page = await newPage(bo)
  await readsPostsAndReloads(page, room)
  await withoutScripts(bo, room)
  const frame = await framed(await newPage(ada), site, room)
  await isConnected(frame)
  check('The owner in a frame', [await you(frame), await frame.$eval('main', (main) => main.dataset.owner ?? null)], [null, null])
  await adaPage.reload()
  check('The owner in a separate tab', await adaPage.$eval('main', (main) => main.dataset.owner), 'yes')
  await staysEmpty(await newPage(bo), room)
  await looks(bo, room)
  check('Errors', [...page.complaints, ...adaPage.complaints], [])
} finally {
  await browser.close()
}
