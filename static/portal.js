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
// One sending per press.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) return event.preventDefault();
  if (form.method === "post" && !event.defaultPrevented) {
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  }
});
