// The console: keys, menus, dialogs, notices. Every page works without it.
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const store = (name, value) => {
    try {
      if (value === undefined) return localStorage[name];
      if (value) localStorage[name] = value;
      else delete localStorage[name];
    } catch {}
  };
  const shown = (element) => element.getClientRects().length > 0;
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    if (dialog.matches(":popover-open")) dialog.hidePopover();
    dialog.showModal();
  };

  // ── clicks ──
  const markTheme = () => {
    for (const button of $("[data-theme]")) button.setAttribute("aria-pressed", button.dataset.theme === (store("theme") || "auto"));
  };
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    for (const menu of $("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
    const dismiss = at("[data-dismiss]"), dialog = at("[data-dialog]"), close = at("dialog [data-close]"), theme = at("[data-theme]");
    const writes = at("label[data-focus]");
    // After the label has moved the focus to its own button.
    if (writes) setTimeout(() => document.getElementById(writes.dataset.focus)?.focus());
    if (dismiss) dismiss.closest(dismiss.dataset.dismiss).remove();
    if (dialog) { event.preventDefault(); open(dialog.dataset.dialog); }
    if (close) { event.preventDefault(); close.closest("dialog").close(); }
    if (theme) {
      store("theme", theme.dataset.theme === "auto" ? "" : theme.dataset.theme);
      setTheme();
      markTheme();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
    if (event.target.matches("[data-keys-off]")) store("keysOff", event.target.checked ? "1" : "");
  });

  // ── keys ──
  let current = -1, going = 0;
  const rows = () => $("[data-list] > :not(thead, tbody, header), [data-list] > tbody > tr").filter((row) => row.querySelector("a[href]") || row.matches("a[href]"));
  const linkOf = (row) => (row.matches("a[href]") ? row : row.querySelector("[data-open], a[href]"));
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    // A row that was redrawn in its place has lost its mark; the place is kept.
    const marked = all.findIndex((row) => row.matches(".cur, [aria-current]"));
    if (marked >= 0 && !all[current]?.classList.contains("cur")) current = marked;
    current = Math.min(all.length - 1, Math.max(0, current + step));
    all.forEach((row, index) => row.classList.toggle("cur", index === current));
    linkOf(all[current]).focus({ preventScroll: true });
    all[current].scrollIntoView({ block: "nearest" });
    // Beside an open ticket the list's keys open the next one.
    if (all[current].closest('[data-list="open"]')) linkOf(all[current]).click();
  };
  const label = (element) => {
    if (element.dataset.keyLabel || element.ariaLabel || element.title) return element.dataset.keyLabel || element.ariaLabel || element.title;
    const copy = element.cloneNode(true);
    $("kbd, .n", copy).forEach((part) => part.remove());
    return copy.textContent.trim() || element.placeholder || element.labels?.[0]?.textContent.trim() || element.name;
  };
  const listKeys = () => {
    const list = document.querySelector("[data-keys]"), lines = new Map();
    if (rows().length) lines.set("J", list.dataset.next).set("K", list.dataset.previous).set("Enter", list.dataset.open);
    for (const element of $("[data-key]")) if (shown(element)) lines.set(element.dataset.key.toUpperCase(), label(element));
    for (const element of $("[data-go]")) lines.set("G " + element.dataset.go.toUpperCase(), label(element));
    list.replaceChildren(...[...lines].flatMap(([key, text]) => {
      const term = document.createElement("dt"), definition = document.createElement("dd"), sign = document.createElement("kbd");
      term.textContent = text;
      sign.textContent = key;
      definition.append(sign);
      return [term, definition];
    }));
    $("[data-keys-off]").forEach((box) => { box.checked = !!store("keysOff"); });
  };
  document.addEventListener("click", (event) => { if (event.target.closest('[data-dialog="keys"]')) listKeys(); }, true);
  document.addEventListener("keydown", (event) => {
    const target = event.target, typing = target.matches("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
    if (event.key === "Escape") {
      for (const menu of $("details[data-menu][open]")) { menu.open = false; menu.querySelector("summary").focus(); }
      if (typing && !target.closest("dialog")) target.blur();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // Inside a form it sends that form and no other; elsewhere it takes the main decision.
      const sends = $("[data-key-send]").filter(shown);
      const send = target.form ? sends.find((button) => button.form === target.form) : sends.find((button) => button.closest(".todo")) || sends[0];
      if (send) { event.preventDefault(); send.click(); }
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (store("keysOff") && key !== "?") return;
    let found;
    if (Date.now() - going < 1500) found = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    going = key === "g" ? Date.now() : 0;
    if (key === "?") { listKeys(); open("keys"); }
    else if (!found && key === "j") move(1);
    else if (!found && key === "k") move(-1);
    else {
      // What stands in a list acts on the current row only.
      const all = $(`[data-key="${CSS.escape(key)}"]`).filter(shown);
      found ||= all.find((element) => element.closest(".cur")) || all.find((element) => !element.closest("[data-list]"));
    }
    if (found) {
      if (found.matches("textarea, select, input:not([type=checkbox])")) found.focus();
      else found.click();
    } else if (!"?jk".includes(key)) return;
    event.preventDefault();
  });

  // A field that is only there to be copied.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    // Without HTTPS there is no clipboard; the text is marked, ready for Ctrl+C.
    await navigator.clipboard?.writeText(field.value).then(() => { button.querySelector("span").textContent = button.dataset.copied; }, () => {});
  });

  // A row that was redrawn in its place, as after Take, is the current one again.
  document.addEventListener("htmx:after:settle", () => {
    const lost = current >= 0 && document.activeElement === document.body && !document.querySelector(".cur, [data-list=open]");
    if (lost) move(0);
  });

  // ── what the server sends ──
  const count = () => {
    for (const clock of $("[data-countdown]")) {
      const left = Math.ceil((new Date(clock.dateTime) - Date.now()) / 1000);
      clock.textContent = left > 0 ? left : "";
      if (left <= 0) clock.closest("form")?.remove();
    }
  };
  count();
  setInterval(count, 1000);
  markTheme();
})();
