// The race: shares of the annual target month by month. Play, pause, step; keys work on the buttons; who asks for reduced motion gets
// steps without movement. The figures stand in the chart and table above: nothing is lost without this script.
"use strict";
(() => {
  const place = document.getElementById("race"), source = document.getElementById("race-data");
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  const NS = "http://www.w3.org/2000/svg", WIDE = 480, LEFT = 92, RIGHT = 58, LANE = 32;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const top = Math.max(100, ...data.units.flatMap((unit) => unit.done.filter((x) => x !== null)), ...data.season);
  const scale = (share) => (WIDE - LEFT - RIGHT) * share / top;
  const make = (name, attributes, parent) => {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (parent) parent.append(made);
    return made;
  };
  const high = LANE * data.units.length;
  const svg = make("svg", { viewBox: `0 0 ${WIDE} ${high + 26}`, "aria-hidden": "true" });
  const lanes = data.units.map((unit) => {
    const lane = make("g", { class: "lane" }, svg);
    const name = make("text", { x: LEFT - 8, y: 21, "text-anchor": "end" }, lane);
    name.textContent = unit.name.length > 5 ? `${unit.name.slice(0, 4)}…` : unit.name;
    const bar = make("rect", { x: LEFT, y: 6, height: LANE - 12, width: 0 }, lane);
    return { unit, lane, bar, label: make("text", { y: 21 }, lane) };
  });
  const season = make("line", { class: "season", y1: 0, y2: high }, svg);
  const seasonText = make("text", { y: high + 20, "text-anchor": "middle" }, svg);
  place.querySelector(".lanes").append(svg);
  const output = place.querySelector("output"), play = place.querySelector("[data-do=play]");
  let at = data.months.length - 1, timer = 0;

  const show = () => {
    const order = [...lanes].sort((a, b) => (b.unit.done[at] ?? -1) - (a.unit.done[at] ?? -1));
    order.forEach((one, line) => {
      const done = one.unit.done[at];
      one.lane.style.transform = `translateY(${line * LANE}px)`;
      one.bar.style.width = `${scale(done ?? 0)}px`;
      one.label.setAttribute("x", LEFT + scale(done ?? 0) + 6);
      one.label.textContent = done === null ? "—" : `${done.toFixed(1)}%`;
    });
    const x = LEFT + scale(data.season[at]);
    season.setAttribute("x1", x);
    season.setAttribute("x2", x);
    seasonText.setAttribute("x", x);
    seasonText.textContent = `序时 ${data.season[at].toFixed(1)}%`;
    const first = order[0];
    output.textContent = `${data.months[at]}月：${first.unit.name} ${first.unit.done[at] === null ? "—" : `${first.unit.done[at].toFixed(1)}%`}`;
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.firstChild.textContent = "播放 ";
    play.lastElementChild.textContent = "Play";
  };
  const step = (by) => {
    at = (at + by + data.months.length) % data.months.length;
    show();
  };
  place.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.do !== "play") {
      stop();
      step(button.dataset.do === "next" ? 1 : -1);
    } else if (timer) {
      stop();
    } else {
      if (at === data.months.length - 1) { at = 0; show(); }
      play.firstChild.textContent = "暂停 ";
      play.lastElementChild.textContent = "Pause";
      timer = setInterval(() => { if (at === data.months.length - 1) stop(); else step(1); }, still.matches ? 2500 : 1400);
    }
  });
  place.hidden = false;
  show();
})();
