// One medium in full. Its details are parsed when its row is first opened, a hundred at a time.

const chunks = new Map();

function details(number) {
  const chunk = Math.floor(number / run.chunk);
  if (!chunks.has(chunk)) chunks.set(chunk, island(`details-${chunk}`));
  return chunks.get(chunk)[number % run.chunk];
}

const PHASES = [["before", "redirects before"], ["dns", "DNS"], ["connect", "connect"], ["tls", "TLS"], ["wait", "first byte"], ["body", "body"]];

function milliseconds(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return `${value >= 100 ? Math.round(value) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

function fillDetail(box, number) {
  const detail = details(number);
  const asked = detail.asked || [];
  const [, url] = rows[number];
  const sections = [
    url.length > LONGEST ? section("The whole URL", make("p", { class: "mono whole" }, url)) : null,
    detail.findings.length ? findingsOf(detail.findings) : null,
    factsOf(detail.facts, pictures[number]),
    detail.chain && detail.chain.length ? chainOf(detail.chain, asked[0]) : null,
    asked.length ? waterfall(asked) : null,
    asked.length ? section("Requests and answers", make("div", { class: "asked" }, asked.map((each) => exchange(each, detail)))) : null,
    detail.cut ? make("p", { class: "note" }, "The requests and answers of this one were left out, to keep the file small. A recording (--record) holds them all.") : null,
    folds(detail),
  ];
  box.append(...sections.filter(Boolean));
}

function section(title, ...children) {
  return make("section", {}, make("h4", {}, title), ...children);
}

function findingsOf(findings) {
  const cards = findings.map(([kind, message, fix, where]) => findingCard(...run.kinds[kind], message, run.fixes[fix], where));
  return make("ul", { class: "findings", "aria-label": "Findings" }, cards);
}

function factsOf(facts, uri) {
  const pairs = facts.map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, value)));
  const image = uri ? picture(uri) : null;
  if (image) image.alt = "Thumbnail of the picture";
  return section("What it is", make("div", { class: "medium-facts" }, image, make("dl", { class: "facts" }, pairs)));
}

function chainOf(chain, last) {
  const hops = chain.map(([url, status, location]) => make("li", {}, make("span", { class: "status" }, String(status)), url, make("span", { class: "sent" }, "Location: ", location)));
  const end = last ? make("li", {}, make("span", { class: "status" }, last.status === null ? "no answer" : String(last.status)), last.url) : null;
  return section("Redirects", make("ol", { class: "chain" }, hops, end));
}

function waterfall(asked) {
  const whole = sum(asked.map((each) => sum(each.times)));
  if (!whole) return null;
  let start = 0;
  const lanes = asked.map((each) => {
    const lane = make("div", { class: "lane", role: "img", "aria-label": spoken(each.times) });
    each.times.forEach((value, phase) => {
      if (!value) return;
      const bar = make("span", { class: PHASES[phase][0], title: `${PHASES[phase][1]} ${milliseconds(value)}` });
      bar.style.left = `${(100 * start) / whole}%`;
      bar.style.width = `${(100 * value) / whole}%`;
      lane.append(bar);
      start += value;
    });
    return make("tr", {}, make("th", { scope: "row" }, each.title), make("td", {}, lane), make("td", {}, milliseconds(sum(each.times))));
  });
  const legend = PHASES.map(([name, word], phase) => {
    const values = asked.map((each) => each.times[phase]);
    if (!sum(values)) return null;
    return make("span", {}, make("i", { class: name }), `${word} ${values.filter(Boolean).map(milliseconds).join(" + ")}`);
  });
  const table = make("table", { class: "water" }, make("caption", {}, "One request after the other, each bar from the start of the first."), make("tbody", {}, lanes));
  return section("Where the time went", table, make("p", { class: "phases" }, legend));
}

function spoken(times) {
  return times.map((value, phase) => (value ? `${PHASES[phase][1]} ${milliseconds(value)}` : "")).filter(Boolean).join(", ") || "no times";
}

function exchange(each, detail) {
  const facts = [each.peer ? `from ${each.peer}` : "", each.body ? `body: ${each.body}` : ""].filter(Boolean).join("; ");
  const header = make("header", {}, make("h5", {}, each.title), facts ? make("p", {}, facts) : null, each.chain ? make("p", {}, "Redirected in another way: ", each.chain.map((hop) => `${hop[1]} ${hop[2]}`).join(", ")) : null);
  const failed = each.failure ? failureOf(each, each.about.map((number) => detail.findings[number])) : null;
  const request = each.request.length ? make("details", {}, make("summary", {}, "What was sent"), headLines(each.request, [], detail)) : null;
  return make("article", { class: "exchange" }, header, failed, each.head.length ? headLines(each.head, each.notes, detail) : null, request);
}

function failureOf(each, findings) {
  const tone = findings.length ? toneOf(findings[0]) : "unknown";
  const names = findings.map((finding) => make("span", { class: "remark" }, shape(toneOf(finding)), ` ${run.kinds[finding[0]][0]}`));
  return make("div", { class: `failure ${tone}` }, make("p", {}, each.failure), names);
}

function toneOf(finding) {
  const [, severity, unknown] = run.kinds[finding[0]];
  return unknown ? "unknown" : severity;
}

function remark(finding) {
  const [name] = run.kinds[finding[0]];
  return make("span", { class: `remark ${toneOf(finding)}` }, shape(toneOf(finding)), ` ${name}: ${finding[1]}`);
}

function headLines(lines, notes, detail) {
  const at = new Map();
  for (const [line, number] of notes) at.set(line, [...(at.get(line) || []), detail.findings[number]]);
  const items = lines.map((line, number) => headLine(line, number, at.get(number)));
  if (at.has(-1)) items.push(noted(make("span", { class: "missing" }, "a line is missing here"), at.get(-1)));
  return make("ol", { class: "head", "aria-label": "Head, line by line" }, items);
}

function headLine(line, number, findings) {
  const colon = number ? line.indexOf(":") : -1;
  const code = make("code", number ? {} : { class: "start" });
  if (colon > 0) code.append(make("span", { class: "field-name" }, line.slice(0, colon + 1)), line.slice(colon + 1));
  else code.append(line);
  return findings ? noted(code, findings) : make("li", {}, code);
}

function noted(content, findings) {
  return make("li", { class: `noted ${toneOf(findings[0])}` }, content, findings.map(remark));
}

function folds(detail) {
  const skipped = run.skips[detail.skips];
  const parts = [
    fold(detail.tries || [], "earlier try failed", "earlier tries failed", ([text, time]) => make("li", {}, text, make("span", { class: "faint" }, ` (${milliseconds(time)})`))),
    fold(detail.ignored, "finding ignored", "findings ignored", ([kind, message, fix, where, reason]) => findingCard(...run.kinds[kind], message, run.fixes[fix], where, reason), "findings"),
    fold(skipped, "rule had nothing to look at", "rules had nothing to look at", ([name, reason]) => make("li", {}, make("span", { class: "mono" }, name), make("span", { class: "faint" }, ` ${reason}`)), "reasons"),
  ].filter(Boolean);
  return parts.length ? make("div", { class: "folds" }, parts) : null;
}

function fold(items, one, many, draw, className) {
  if (!items.length) return null;
  return make("details", {}, make("summary", {}, count(items.length, one, many)), make("ul", { class: className }, items.map(draw)));
}
