// Customer's and partner's pages: they work without this.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.submit();
});
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-dismiss]");
  if (close) close.closest(close.dataset.dismiss).remove();
  const open = event.target.closest("[data-dialog]");
  if (open) { event.preventDefault(); document.getElementById(open.dataset.dialog).showModal(); }
  if (event.target.closest("dialog [data-close]")) { event.preventDefault(); event.target.closest("dialog").close(); }
});
// Without signal a form stays where it is, with words; the browser's own page would take its place.
document.addEventListener("submit", (event) => {
  const { offline } = document.body.dataset, form = event.target;
  if (navigator.onLine !== false || !offline || form.method !== "post") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.querySelector(".offline")?.remove();
  const note = Object.assign(document.createElement("p"), { className: "note-box offline mb-0", role: "alert", textContent: offline });
  (event.submitter || form.lastElementChild).before(note);
  addEventListener("online", () => note.remove(), { once: true });
}, true);
// One sending per press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post" && !event.defaultPrevented) {
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  }
});
// What is typed in a form with data-keep stays in this browser until it was sent, for twelve hours at most.
(() => {
  const forms = [...document.querySelectorAll("form[data-keep]")], nameOf = (form) => "typed:" + form.dataset.keep;
  try {
    const store = localStorage, here = new Set(forms.map(nameOf)), failed = performance.getEntriesByType("navigation")[0]?.responseStatus > 399;
    for (const name of Object.keys(store)) {
      if (!name.startsWith("typed:")) continue;
      const { at, sent } = JSON.parse(store[name]);
      // Another page came after sending, and no error: it has arrived.
      if ((sent && !failed && !here.has(name)) || Date.now() - at > 432e5) delete store[name];
    }
    for (const form of forms) {
      const name = nameOf(form), { typed = [] } = JSON.parse(store[name] || "{}");
      const keep = (more) => {
        const fields = [...new FormData(form)].filter(([field, value]) => value && form.elements[field].type !== "hidden");
        store[name] = JSON.stringify({ at: Date.now(), typed: fields, ...more });
      };
      for (const [field, value] of typed) if (form.elements[field] && !form.elements[field].value) form.elements[field].value = value;
      form.addEventListener("input", () => keep());
      form.addEventListener("submit", () => keep({ sent: true }));
    }
  } catch {}
})();
