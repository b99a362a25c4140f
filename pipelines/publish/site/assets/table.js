// Sort, find, group and page the ranking table. Without this script the whole table stands on the page.
"use strict";
(() => {
  const PAGE = 100;
  const table = document.getElementById("ranking");
  if (!table) return;
  const of = (name) => document.querySelector(`.${name}[data-for=ranking]`);
  const controls = of("controls"), pager = of("pager");
  const bodies = [...table.tBodies].filter((body) => !body.classList.contains("whole"));
  const rows = bodies.flatMap((body) => [...body.rows].filter((row) => !row.classList.contains("group"))
    .map((row) => ({ row, group: body.dataset.group || "", text: "", place: 0 })));
  const many = rows.length > PAGE, grouped = bodies.length > 1;
  const state = { key: "", down: false, find: "", group: "", page: 0 };
  const target = bodies[0];

  const value = (row, key) => {
    const cell = row.querySelector(`.c-${key}`);
    const text = cell.dataset.v !== undefined ? cell.dataset.v : (cell.firstChild ? cell.firstChild.textContent : "").trim();
    const number = parseFloat(text.replace(/[,%+\s]/g, "").replace("\u2212", "-"));
    return Number.isNaN(number) ? (text && text !== "—" ? text : null) : number;
  };
  const compare = (a, b) => {
    if (a.v === null || b.v === null) return (a.v === null) - (b.v === null);
    const order = typeof a.v === "number" && typeof b.v === "number" ? a.v - b.v : String(a.v).localeCompare(String(b.v), "zh-CN");
    return state.down ? -order : order;
  };
  const chosen = () => {
    const find = state.find.toLowerCase();
    let found = rows;
    if (state.group) found = found.filter((one) => one.group === state.group);
    if (find) found = found.filter((one) => (one.text = one.text || one.row.querySelector(".c-name").textContent.toLowerCase()).includes(find));
    if (!state.key) return found;
    return found.map((one) => ({ ...one, v: value(one.row, state.key) })).sort((a, b) => compare(a, b) || a.place - b.place);
  };
  const show = () => {
    const found = chosen(), pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const from = state.page * PAGE;
    target.replaceChildren(...found.slice(from, from + PAGE).map((one) => one.row));
    pager.hidden = pages < 2;
    pager.querySelector(".page").textContent = `${state.page + 1} / ${pages}`;
    for (const button of pager.querySelectorAll("button")) {
      const next = state.page + Number(button.dataset.step);
      button.disabled = next < 0 || next >= pages;
    }
    controls.querySelector(".count").textContent = state.find || state.group || many ? `${found.length} 个地区 units` : "";
  };

  if (grouped) {
    for (const body of bodies.slice(1)) body.remove();
    state.key = "rank";
  }
  rows.forEach((one, place) => { one.place = place; });
  for (const head of table.tHead.rows[0].cells) {
    const label = head.querySelector(".head"), button = document.createElement("button");
    button.type = "button";
    button.textContent = label.textContent;
    label.replaceChildren(button);
    head.setAttribute("aria-sort", head.dataset.key === "rank" ? "ascending" : "none");
    button.addEventListener("click", () => {
      const first = state.key !== head.dataset.key;
      state.down = first ? head.classList.contains("n") && head.dataset.key !== "rank" : !state.down;
      state.key = head.dataset.key;
      state.page = 0;
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      show();
    });
  }
  controls.hidden = rows.length < 12;
  controls.querySelector("input").addEventListener("input", (event) => { state.find = event.target.value.trim(); state.page = 0; show(); });
  const select = controls.querySelector("select");
  if (select) select.addEventListener("change", () => { state.group = select.value; state.page = 0; show(); });
  pager.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) { state.page += Number(button.dataset.step); show(); table.scrollIntoView({ block: "start" }); }
  });
  if (many || grouped) show();
})();
