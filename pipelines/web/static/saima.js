"use strict";
// Every form can be sent once: a second click while the server works would send it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => { delete form.dataset.sent; }, 15000);
});
// A text that is too long is said to be while it is being typed: the server would refuse it, and a field that cuts it would say nothing.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches("textarea, input:not([type]), input[type=text]")) return;
  const most = Number(document.body.dataset.most);
  const length = Array.from(field.value.trim()).length;
  const english = document.documentElement.lang === "en";
  const said = english ? `${length} characters; ${most} at most` : `已有 ${length} 字，最多 ${most} 字`;
  field.setCustomValidity(length > most ? said : "");
  if (length > most) field.reportValidity();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (!button) return;
  if (button.dataset.action === "print") window.print();
  if (button.dataset.action === "back") { event.preventDefault(); window.history.back(); }
  if (button.dataset.action === "all") {
    const boxes = button.closest("form").querySelectorAll("input[type=checkbox]");
    const every = Array.from(boxes).every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !every; });
  }
});
