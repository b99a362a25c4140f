"use strict";
// Every form can be sent once: a second click while the server works would send it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => { delete form.dataset.sent; }, 15000);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (!button) return;
  if (button.dataset.action === "print") window.print();
  if (button.dataset.action === "all") {
    const boxes = button.closest("form").querySelectorAll("input[type=checkbox]");
    const every = Array.from(boxes).every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !every; });
  }
});
