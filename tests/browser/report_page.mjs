// Open reports in one real browser: node report_page.mjs CHROMIUM
// Each line of standard input is a job, as JSON: {"file", "scenario"}, and {"picture", "scheme"} for a picture.
// What happened is a line of standard output, as JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");

const browser = await chromium.launch({ executablePath: process.argv[2] });
let job;
let seen;

async function open(colorScheme, viewport = { width: 1200, height: 900 }) {
  const context = await browser.newContext({ colorScheme, viewport, offline: true, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("request", (request) => request.url().startsWith("data:") || seen.requests.push(request.url()));
  page.on("requestfailed", (request) => {
    if (request.failure().errorText === "csp") seen.requests = seen.requests.filter((url) => url !== request.url());
    else seen.errors.push(`${request.url()}: ${request.failure().errorText}`);
  });
  page.on("dialog", (dialog) => {
    seen.dialogs += 1;
    dialog.dismiss();
  });
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => /error|warning/.test(message.type()) && seen.errors.push(message.text()));
  await page.goto(pathToFileURL(job.file).href);
  return page;
}

async function openRows(page, most = 20) {
  const buttons = page.locator(".head-button");
  const number = Math.min(await buttons.count(), most);
  for (let row = 0; row < number; row += 1) await buttons.nth(row).click();
  await page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
}

const rowsOf = (page) => page.locator(".row .url").allTextContents();
const settled = (page) => page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 100)));

const scenarios = {
  // What passed is only counted: describing all of its nodes would take three times as long as the rest.
  async axe() {
    const source = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
    const result = {};
    for (const scheme of ["light", "dark"]) {
      for (const width of [1200, 390]) {
        const page = await open(scheme, { width, height: 900 });
        await openRows(page);
        await page.evaluate(source);
        const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        result[`${scheme} ${width}`] = { passes: passes.length, overflow, violations: violations.map((each) => [each.id, each.nodes.map((node) => node.html.slice(0, 200))]) };
      }
    }
    return result;
  },

  async inert() {
    const page = await open("light");
    await page.evaluate(() => { window.before = document.querySelectorAll("script, style, link, iframe, object, embed, form, base").length; });
    await openRows(page);
    await page.locator("#rule").selectOption({ index: 1 });
    await settled(page);
    return page.evaluate(() => ({
      added: document.querySelectorAll("script, style, link, iframe, object, embed, form, base").length - window.before,
      tags: [...new Set([...document.querySelectorAll("body *")].map((each) => each.localName))].sort(),
      handlers: [...document.querySelectorAll("*")].flatMap((each) => each.getAttributeNames().filter((name) => name.startsWith("on") || name === "style" && !each.matches(".bar *, .track *, .lane *"))),
      links: [...new Set([...document.querySelectorAll("[href], [src]")].map((each) => each.getAttribute("href") || each.getAttribute("src")).map((link) => link.slice(0, 70)))],
      targets: [...document.querySelectorAll("a[target]")].filter((each) => each.rel !== "noreferrer noopener").length,
      title: document.title,
      pwned: typeof window.pwned,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      longest: Math.max(...[...document.querySelectorAll(".row .url")].map((each) => each.textContent.length)),
      drawn: document.querySelectorAll(".detail section").length,
      text: document.querySelector("#rows").textContent,
    }));
  },

  async policy() {
    const page = await open("light");
    const result = await page.evaluate(async () => {
      const stopped = [];
      document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
      const tries = {
        script: () => { const script = document.createElement("script"); script.textContent = "window.pwned = 1"; document.body.append(script); },
        markup: () => { document.body.innerHTML += "<img src=x onerror='window.pwned = 1'>"; },
        image: () => { const image = new Image(); image.src = "https://evil.example/p.png"; document.body.append(image); },
        fetch: () => fetch("https://evil.example/").catch(() => 0),
        style: () => { const style = document.createElement("style"); style.textContent = "body{display:none}"; document.body.append(style); },
      };
      for (const attempt of Object.values(tries)) {
        try { await attempt(); } catch { /* trusted types throw */ }
      }
      await new Promise((done) => setTimeout(done, 200));
      return { stopped: [...new Set(stopped)].sort(), pwned: typeof window.pwned, display: getComputedStyle(document.body).display };
    });
    seen.errors = [];
    return result;
  },

  async filters() {
    const page = await open("light");
    const result = { all: await rowsOf(page), found: [await page.locator("#found").textContent()] };
    const chip = (name) => page.locator("#chips button", { hasText: name });
    const note = async (name) => {
      await settled(page);
      result[name] = { rows: await rowsOf(page), found: await page.locator("#found").textContent(), chips: await page.locator("#chips button").allTextContents(), pressed: await page.locator("#chips [aria-pressed=true]").allTextContents(), outcomes: [...new Set(await page.locator(".row").evaluateAll((rows) => rows.map((row) => row.className)))] };
    };
    await chip("rejected").click();
    await note("rejected");
    await chip("rejected").click();
    await page.locator("#rule").selectOption("chunked-transfer-encoding");
    await note("rule");
    await page.locator("#rule").selectOption("");
    await page.locator("#search").fill("GOOD jpg");
    await note("text");
    await page.locator("#search").fill("nothing has this");
    await note("none");
    await page.locator("#reset").click();
    await note("reset");
    await page.locator("#rules button", { hasText: "missing-content-length" }).click();
    await note("by rule");
    await page.locator("#reset").click();
    await page.locator("#hosts button").first().click();
    await note("by host");
    await page.locator("#phones button.medium.reject").first().click();
    await note("from message");
    result.opened = await page.locator(".head-button[aria-expanded=true]").count();
    return result;
  },

  async keyboard() {
    const page = await open("light");
    const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.closest(".row")?.id || document.activeElement.className);
    const expanded = () => page.evaluate(() => document.activeElement.getAttribute("aria-expanded"));
    const steps = [];
    const press = async (key) => {
      await page.keyboard.press(key);
      await settled(page);
      steps.push([key, await focus(), await expanded()]);
    };
    for (const key of ["Tab", "/", "ArrowDown", "ArrowDown", "Enter", "ArrowUp", "ArrowDown", "Enter", "End", "Home", "/"]) await press(key);
    await page.keyboard.type("good/");
    await settled(page);
    steps.push(["typed", await page.locator("#search").inputValue(), await page.locator("#found").textContent()]);
    await press("Escape");
    steps.push(["cleared", await page.locator("#search").inputValue(), await page.locator("#found").textContent()]);
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    return { steps, outline };
  },

  async places() {
    const page = await open("light");
    await page.locator("#phones button.medium").first().click();
    await settled(page);
    const row = await page.evaluate(() => [document.activeElement.closest(".row")?.id, document.activeElement.getAttribute("aria-expanded")]);
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    return { row, printed: await page.locator(".row").count(), unprinted: await page.locator("#unprinted").textContent() };
  },

  async many() {
    const result = { paint: [], filter: [] };
    for (let turn = 0; turn < 3; turn += 1) {
      const page = await open("light");
      result.paint.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))));
      result.nodes = await page.evaluate(() => document.querySelectorAll("*").length);
      result.shown = await page.locator(".row").count();
      result.filter.push(await page.evaluate(() => new Promise((done) => {
        const before = document.getElementById("found").textContent;
        const start = performance.now();
        const field = document.getElementById("search");
        field.value = "000420";
        field.dispatchEvent(new Event("input"));
        const watch = () => (document.getElementById("found").textContent === before ? requestAnimationFrame(watch) : requestAnimationFrame(() => done(performance.now() - start)));
        watch();
      })));
      result.found = await page.locator("#found").textContent();
      await page.locator("#reset").click();
      await page.locator("#more").click();
      result.after = await page.locator(".row").count();
      await page.locator(".head-button").nth(150).click();
      result.detail = await page.locator(".detail section").count();
      await page.context().close();
    }
    return result;
  },

  async little() {
    const page = await open("dark");
    await openRows(page);
    return {
      rows: await page.locator(".row").count(),
      sections: await page.locator(".detail dl").count(),
      list: await page.locator("#list").isVisible(),
      overview: await page.locator("#overview").isVisible(),
      notes: await page.locator("#notes li").allTextContents(),
    };
  },

  async scriptless() {
    const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
    const page = await context.newPage();
    await page.goto(pathToFileURL(job.file).href);
    return { text: await page.locator("header").innerText() };
  },

  async picture() {
    const page = await open(job.scheme, { width: 1200, height: 1570 });
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: job.picture });
    return {};
  },
};

try {
  for await (const line of createInterface({ input: process.stdin })) {
    job = JSON.parse(line);
    seen = { requests: [], dialogs: 0, errors: [] };
    const result = await scenarios[job.scenario]();
    process.stdout.write(`${JSON.stringify({ ...seen, result })}\n`);
    for (const context of browser.contexts()) await context.close();
  }
} finally {
  await browser.close();
}
