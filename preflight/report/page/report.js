// The list: filtered as a whole, drawn a hundred rows at a time.

const FIRST = 100;
const MORE = 200;
const PRINTED = 1000;
const LONGEST = 240;

const wanted = { text: "", rule: "", host: "", outcome: -1 };
const opened = new Set();
let matching = [];
let drawn = 0;
let haystacks = null;

function haystack(number) {
  haystacks ||= rows.map(([, url, kinds, , place, media]) => `${url}\n${place}\n${media}\n${kinds.map((kind) => run.kinds[kind][0]).join("\n")}`.toLowerCase());
  return haystacks[number];
}

function filterRows() {
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  const rules = new Set(run.kinds.flatMap((kind, number) => (kind[0] === wanted.rule ? [number] : [])));
  const host = run.hosts.findIndex((each) => each[0] === wanted.host);
  const counts = [0, 0, 0];
  matching = [];
  rows.forEach((row, number) => {
    if (wanted.rule && !row[2].some((kind) => rules.has(kind))) return;
    if (wanted.host && row[3] !== host) return;
    if (words.length && !words.every((word) => haystack(number).includes(word))) return;
    counts[row[0]] += 1;
    if (wanted.outcome < 0 || wanted.outcome === row[0]) matching.push(number);
  });
  showCounts(counts);
  byId("rows").replaceChildren();
  drawn = 0;
  drawMore(FIRST);
}

function showCounts(counts) {
  byId("chips").querySelectorAll("button").forEach((chip) => {
    const outcome = Number(chip.dataset.outcome);
    chip.setAttribute("aria-pressed", String(outcome === wanted.outcome));
    chip.querySelector(".count").textContent = (outcome < 0 ? sum(counts) : counts[outcome]).toLocaleString("en");
  });
  const all = matching.length === rows.length;
  byId("found").textContent = all ? `${count(rows.length, "place", "places")}, failed first` : `${matching.length.toLocaleString("en")} of ${count(rows.length, "place", "places")}`;
  byId("reset").hidden = !(wanted.text || wanted.rule || wanted.host || wanted.outcome >= 0);
  byId("rows").hidden = !matching.length;
}

function drawMore(number) {
  const next = matching.slice(drawn, drawn + number);
  byId("rows").append(...next.map(rowOf));
  drawn += next.length;
  const left = matching.length - drawn;
  byId("more").hidden = !left;
  byId("more").textContent = `Show ${Math.min(left, MORE).toLocaleString("en")} more of ${left.toLocaleString("en")}`;
}

function rowOf(number) {
  const [outcome, url, kinds, , place, media] = rows[number];
  const name = OUTCOMES[outcome];
  const box = make("div", { class: "detail", id: `detail-${number}`, hidden: true });
  const tags = kinds.map((kind) => {
    const [rule, severity, unknown] = run.kinds[kind];
    return make("span", { class: `tag ${unknown ? "unknown" : severity}` }, shape(unknown ? "unknown" : severity), rule);
  });
  const button = make("button", { type: "button", class: "head-button", "aria-expanded": "false", "aria-controls": `detail-${number}` },
    make("span", { class: "outcome" }, shape(name, WORDS[name])),
    make("span", { class: "thumb" }, pictures[number] ? picture(pictures[number]) : small(mediaShape(media), "kind")),
    make("span", {}, urlOf(url), make("span", { class: "line2" }, tags, media ? make("span", {}, media) : null, place ? make("span", {}, place) : null)),
    small("turn", "turn"));
  const toggle = (open) => {
    if (open && !box.hasChildNodes()) fillDetail(box, number);
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    open ? opened.add(number) : opened.delete(number);
  };
  button.addEventListener("click", () => toggle(box.hidden));
  if (opened.has(number)) toggle(true);
  return make("li", { class: `row ${name}`, id: `row-${number}` }, make("h3", {}, button), box);
}

function urlOf(whole) {
  const url = shortened(whole);
  const parts = /^(https?:\/\/[^/?#]*)([^?#]*)(.*)$/.exec(url);
  if (!parts) return make("span", { class: "url" }, url);
  return make("span", { class: "url" }, make("span", { class: "faint" }, parts[1]), parts[2], make("span", { class: "faint" }, parts[3]));
}

function shortened(url) {
  return url.length > LONGEST ? `${url.slice(0, LONGEST - 40)}\u2026${url.slice(-39)}` : url;
}

function filterBy(name, value) {
  Object.assign(wanted, { text: "", rule: "", host: "", outcome: -1, [name]: value });
  for (const field of ["rule", "host"]) byId(field).value = wanted[field];
  byId("search").value = wanted.text;
  filterRows();
  byId("list").scrollIntoView();
  byId("list").focus({ preventScroll: true });
}

function openRow(number) {
  opened.add(number);
  filterBy("text", rows[number][1]);
  drawMore(Math.max(0, matching.indexOf(number) + 1 - drawn));
  byId(`row-${number}`)?.querySelector("button").focus();
}

function options(select, first, items) {
  select.append(make("option", { value: "" }, first), ...items.map(([name, places]) => make("option", { value: name }, `${name} (${places.toLocaleString("en")})`)));
  select.addEventListener("change", () => {
    wanted[select.id] = select.value;
    filterRows();
  });
}

function drawTools() {
  options(byId("rule"), "All rules", run.rules.map((rule) => [rule[0], rule[2]]));
  options(byId("host"), "All hosts", sortedHosts().slice(0, 500).map((host) => [host[0], host[1] + host[2] + host[3]]));
  const chips = [[-1, "all"], ...OUTCOMES.map((name, outcome) => [outcome, name])];
  byId("chips").append(...chips.map(([outcome, name]) => make("button", { type: "button", class: name, "data-outcome": String(outcome), onclick: () => {
    wanted.outcome = wanted.outcome === outcome ? -1 : outcome;
    filterRows();
  } }, outcome < 0 ? null : shape(name), outcome < 0 ? "All" : WORDS[name], make("span", { class: "count" }))));
  let waiting = 0;
  byId("search").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      wanted.text = byId("search").value;
      filterRows();
    }, 60);
  });
  byId("reset").addEventListener("click", () => {
    filterBy("text", "");
    byId("search").focus();
  });
  byId("more").addEventListener("click", () => {
    const before = drawn;
    drawMore(MORE);
    byId("rows").children[before].querySelector("button").focus();
  });
}

function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      byId("search").focus();
    } else if (event.key === "Escape" && !byId("reset").hidden) {
      filterBy("text", "");
      byId("search").focus();
    } else if (event.target.classList.contains("head-button")) {
      moveFrom(event);
    } else if (event.key === "ArrowDown" && event.target.id === "search") {
      event.preventDefault();
      byId("rows").querySelector("button")?.focus();
    }
  });
}

function moveFrom(event) {
  const row = event.target.closest(".row");
  const to = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: row.parentElement.firstElementChild, End: row.parentElement.lastElementChild }[event.key];
  if (!to) return;
  event.preventDefault();
  to.querySelector("button").focus();
}

function drawLeftOut() {
  if (!run.unlisted) return;
  byId("unlisted").textContent = `${count(run.unlisted, "place is", "places are")} counted above and not listed here: over 100,000 places, the list holds those that were not accepted. The formats json and jsonl hold them all.`;
  byId("unlisted").hidden = false;
}

drawTop();
drawOverview(filterBy);
drawMessages(openRow);
drawLeftOut();
drawTools();
listenToKeys();
byId("list").hidden = false;
filterRows();
window.addEventListener("beforeprint", () => {
  drawMore(Math.max(0, PRINTED - drawn));
  const left = matching.length - drawn;
  byId("unprinted").textContent = left ? `${count(left, "place", "places")} more of the list ${left === 1 ? "is" : "are"} not printed.` : "";
});
