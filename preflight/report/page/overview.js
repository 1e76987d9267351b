// What the whole run came to: the bar, the notes, findings by rule and by host, and the messages.

const SHOWN = 5;

function drawTop() {
  byId("lead").replaceChildren(`${run.facts[0].toUpperCase()}${run.facts.slice(1)}, ${run.started.replace("T", " ").replace("Z", " UTC")}. ${run.exit[0].toUpperCase()}${run.exit.slice(1)}.`);
  run.counts.forEach((number, outcome) => {
    if (!number) return;
    const part = make("span", { class: OUTCOMES[outcome] });
    part.style.flexGrow = number;
    byId("bar").append(part);
  });
  const notes = [...(run.complete ? [] : ["The run was interrupted: this is only what had finished by then."]), ...run.notes];
  byId("notes").append(...notes.map((note) => make("li", {}, note)));
  byId("notes").hidden = !notes.length;
}

function drawOverview(filterBy) {
  const most = Math.max(...run.rules.map((rule) => rule[2]), 1);
  tally(byId("rules"), run.rules, ([name, severity, places, says]) => {
    const bar = make("span", { class: severity });
    bar.style.width = `${(100 * places) / most}%`;
    return make("button", { type: "button", onclick: () => filterBy("rule", name) },
      make("span", { class: `name ${severity}` }, shape(severity, WORDS[severity]), name), make("span", { class: "number" }, places.toLocaleString("en")),
      make("span", { class: "track", "aria-hidden": "true" }, bar), says ? make("span", { class: "says" }, says) : null);
  });
  const hosts = sortedHosts();
  const busiest = Math.max(...hosts.map((host) => host[1] + host[2] + host[3]), 1);
  tally(byId("hosts"), hosts, ([name, rejected, unknown, accepted, first]) => {
    const numbers = [rejected, unknown, accepted];
    const bars = numbers.map((number, outcome) => {
      const bar = make("span", { class: OUTCOMES[outcome], hidden: !number });
      bar.style.width = `${(100 * number) / busiest}%`;
      return bar;
    });
    const words = numbers.map((number, outcome) => (number ? `${number.toLocaleString("en")} ${WORDS[OUTCOMES[outcome]]}` : "")).filter(Boolean).join(", ");
    const says = first === null ? words : `${words}; first byte after ${milliseconds(first)} (median)`;
    return make("button", { type: "button", onclick: () => filterBy("host", name) },
      make("span", { class: "name" }, name), make("span", { class: "number" }, sum(numbers).toLocaleString("en")),
      make("span", { class: "track", "aria-hidden": "true" }, bars), make("span", { class: "says" }, says));
  });
  if (!run.rules.length) byId("rules").replaceWith(make("p", { class: "aside" }, "Nothing was found."));
  byId("overview").hidden = !run.hosts.length;
}

function sortedHosts() {
  return [...run.hosts].sort((one, two) => two[1] - one[1] || two[2] - one[2] || two[3] - one[3] || (one[0] < two[0] ? -1 : 1));
}

function tally(list, items, draw) {
  const first = items.slice(0, SHOWN);
  list.append(...first.map((item) => make("li", {}, draw(item))));
  const rest = items.slice(SHOWN, 500);
  if (!rest.length) return;
  const more = make("button", { type: "button", class: "plain" }, `Show ${count(rest.length, "more", "more")}`);
  more.addEventListener("click", () => {
    const added = rest.map((item) => make("li", {}, draw(item)));
    list.append(...added);
    more.remove();
    added[0].querySelector("button").focus();
  });
  list.after(more);
}

function drawMessages(openUrl) {
  byId("phones").append(...run.messages.map((message) => messageCard(message, openUrl)));
  byId("messages").hidden = !run.messages.length;
}

function messageCard(message, openUrl) {
  const called = message.name || (message.id ? `Message ${message.id}` : "Message without an id");
  const title = make("h3", { class: message.outcome }, make("span", { class: "tone" }, shape(message.outcome)), ` ${called}`,
    make("small", {}, [WORDS[message.outcome], message.name && message.id ? `id ${message.id}` : "", count(message.slides.length, "slide", "slides")].filter(Boolean).join(", ")));
  const slides = message.slides.map((slide, number) => make("li", { class: "slide", "aria-label": `Slide ${number + 1}` },
    slide.media.map((medium) => mediumOf(medium, openUrl)),
    slide.text ? make("div", { class: "text" }, slide.text.map((line) => make("p", {}, line))) : null));
  const phone = make("div", { class: "phone" }, make("div", { class: "ear", "aria-hidden": "true" }), message.subject ? make("p", { class: "subject" }, message.subject) : null, make("ol", { class: "slides" }, slides));
  const findings = [
    ...message.findings.map((each) => findingCard(each.rule, each.severity, message.outcome === "unknown" && each.severity === "error", each.message, each.fix)),
    ...message.ignored.map((each) => findingCard(each.rule, each.severity, false, each.message, each.fix, null, each.reason)),
  ];
  return make("li", { class: "message" }, title, phone, findings.length ? make("ul", { class: "findings", "aria-label": "Findings about the message" }, findings) : null);
}

function mediumOf(medium, openUrl) {
  const uri = medium.row === null ? null : pictures[medium.row];
  const kind = mediaShape(medium.kind);
  const frame = make("span", { class: "frame" }, uri ? picture(uri) : small(kind, "kind"),
    medium.outcome === "accept" ? null : make("span", { class: "mark" }, shape(medium.outcome), ` ${WORDS[medium.outcome]}`));
  const file = medium.url.split(/[?#]/)[0].split("/").pop() || medium.url;
  const says = make("span", { class: "says" }, [file, medium.says].filter(Boolean).join(" \u00b7 "));
  if (medium.row === null) return make("div", { class: `medium ${medium.outcome}` }, frame, says);
  return make("button", { type: "button", class: `medium ${medium.outcome}`, onclick: () => openUrl(medium.row) }, frame, says, make("span", { class: "hushed" }, `${WORDS[medium.outcome]}; show it in the list`));
}
