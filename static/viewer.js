// Evidence seen large: zoom, rotate, step, compare. Without it every link opens a page that shows the same.
(() => {
  const MOST = 8, STEP = 1.4;
  const looks = new WeakMap();
  let dialog, says, links = [], at = 0, beside = "", turn = 0, lastPane, together = true, swapped = false, touched;
  const far = () => (document.dir === "rtl" ? -1 : 1);

  // ── one picture ──
  const stageOf = (pane) => pane.querySelector(".canvas");
  const look = (pane) => looks.get(pane) || looks.set(pane, { zoom: 1, angle: 0, x: 0, y: 0 }).get(pane);
  const draw = (pane) => {
    const seen = look(pane), stage = stageOf(pane), image = stage.querySelector("img");
    if (!image) return;
    const turned = seen.angle % 180, wide = turned ? image.offsetHeight : image.offsetWidth, high = turned ? image.offsetWidth : image.offsetHeight;
    const scale = seen.zoom * (turned ? Math.min(stage.clientWidth / wide, stage.clientHeight / high) : 1);
    const keep = (value, size, room) => { const most = Math.max(0, (size * scale - room) / 2); return Math.min(most, Math.max(-most, value)); };
    seen.x = keep(seen.x, wide, stage.clientWidth);
    seen.y = keep(seen.y, high, stage.clientHeight);
    image.style.transform = `translate(${seen.x}px, ${seen.y}px) rotate(${seen.angle}deg) scale(${scale})`;
    stage.classList.toggle("zoomed", seen.zoom > 1);
  };
  // Two that lie side by side are looked at in the same spot, until somebody moves one alone.
  const share = (pane) => {
    const seen = look(pane), stage = stageOf(pane);
    for (const other of (together && dialog?.contains(pane) && dialog.querySelectorAll("[data-pane]")) || []) {
      if (other === pane) continue;
      const there = stageOf(other);
      Object.assign(look(other), { zoom: seen.zoom, x: seen.x * there.clientWidth / stage.clientWidth, y: seen.y * there.clientHeight / stage.clientHeight });
      draw(other);
    }
  };
  const move = (pane, x, y) => {
    look(pane).x += x;
    look(pane).y += y;
    draw(pane);
    share(pane);
  };
  // The point under the pointer stays under it.
  const zoom = (pane, factor, point) => {
    const seen = look(pane), box = stageOf(pane).getBoundingClientRect(), before = seen.zoom;
    seen.zoom = Math.min(MOST, Math.max(1, before * factor));
    for (const [axis, client, start, size] of [["x", "clientX", "left", "width"], ["y", "clientY", "top", "height"]]) {
      const from = point ? point[client] - box[start] - box[size] / 2 : 0;
      seen[axis] = from - (from - seen[axis]) * seen.zoom / before;
    }
    draw(pane);
    share(pane);
  };
  const rotate = (pane, degrees) => { look(pane).angle = (look(pane).angle + degrees + 360) % 360; draw(pane); };
  const paneOf = (event) => event.target.closest?.(".canvas")?.closest("[data-pane]");

  document.addEventListener("wheel", (event) => {
    const pane = paneOf(event);
    // On a page the wheel scrolls it; in the viewer, or with Ctrl, it zooms.
    if (!pane || !(dialog?.contains(pane) || event.ctrlKey)) return;
    event.preventDefault();
    zoom(pane, event.deltaY < 0 ? 1.2 : 1 / 1.2, event);
  }, { passive: false });
  document.addEventListener("dblclick", (event) => {
    const pane = paneOf(event);
    if (pane) zoom(pane, look(pane).zoom > 1 ? 0 : 2.5, event);
  });
  const fingers = new Map();
  const apart = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY); };
  const middle = () => { const [a, b] = [...fingers.values()]; return { clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2 }; };
  document.addEventListener("pointerdown", (event) => {
    const pane = paneOf(event);
    if (!pane) return;
    lastPane = pane;
    fingers.set(event.pointerId, event);
    touched = fingers.size === 1 && event.pointerType === "touch" && look(pane).zoom === 1 ? event : null;
    if (look(pane).zoom > 1) event.target.setPointerCapture(event.pointerId);
  });
  document.addEventListener("pointermove", (event) => {
    const pane = paneOf(event), before = fingers.get(event.pointerId);
    if (!pane || !before) return;
    const distance = fingers.size === 2 && apart();
    fingers.set(event.pointerId, event);
    if (distance) return zoom(pane, apart() / distance, middle());
    move(pane, event.clientX - before.clientX, event.clientY - before.clientY);
  });
  // A finger that sweeps over a whole picture turns to the next one.
  document.addEventListener("pointerup", (event) => {
    const [x, y] = touched?.pointerId === event.pointerId && dialog?.open ? [event.clientX - touched.clientX, event.clientY - touched.clientY] : [0, 0];
    if (Math.abs(x) > 60 && Math.abs(x) > 2 * Math.abs(y)) step(x < 0 ? far() : -far());
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, (event) => fingers.delete(event.pointerId));
  addEventListener("resize", () => document.querySelectorAll("[data-pane]").forEach(draw));

  // ── the dialog ──
  const show = async () => {
    const mine = ++turn, address = new URL(links[at].href), focused = document.activeElement?.dataset.act;
    address.hash = "";
    address.search = beside ? new URLSearchParams({ with: beside }) : "";
    let answer;
    try { answer = await fetch(address, { headers: { "HX-Request": "true" } }); } catch {}
    if (mine !== turn || !dialog.open) return;
    // Signed out meanwhile, gone, or no signal: the page itself says so.
    if (!answer?.ok || answer.redirected) return void (location.href = links[at].href);
    dialog.innerHTML = await answer.text();
    dialog.append(says);
    lastPane = dialog.querySelector("[data-pane]");
    dialog.querySelector("[data-act=together]")?.setAttribute("aria-pressed", together);
    if (swapped) swap();
    const place = `${at + 1} / ${links.length}`;
    dialog.querySelector("[data-at]").textContent = place;
    says.textContent = `${dialog.querySelector("h2").textContent}, ${place}`;
    for (const button of dialog.querySelectorAll("[data-act=back], [data-act=on]")) button.disabled = links.length < 2;
    (dialog.querySelector(`[data-act="${focused}"]:enabled`) || dialog).focus();
  };
  const swap = () => { const panes = dialog.querySelector(".panes"); panes.append(panes.firstElementChild); };
  const acts = {
    back: () => step(-1), on: () => step(1), alone: () => compare(""), swap: () => { swapped = !swapped; swap(); },
    together: () => {
      together = !together;
      dialog.querySelector("[data-act=together]").setAttribute("aria-pressed", together);
      share(lastPane);
    },
  };
  const step = (by) => { at = (at + by + links.length) % links.length; show(); };
  const compare = (other) => { beside = other; show(); };
  const open = (link) => {
    const opener = document.activeElement === document.body ? link : document.activeElement;
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "viewer";
      dialog.tabIndex = -1;
      dialog.setAttribute("aria-labelledby", "look-h");
      says = document.createElement("span");
      says.className = "visually-hidden";
      says.setAttribute("role", "status");
      document.body.append(dialog);
    }
    const all = (link.closest("[data-views]") || document).querySelectorAll("a[data-view]");
    const paths = new Map();
    for (const each of [link, ...all]) paths.has(each.pathname) || paths.set(each.pathname, each);
    links = [...new Set([...all].map((each) => paths.get(each.pathname)))];
    at = links.indexOf(link);
    beside = new URL(link.href).searchParams.get("with") || "";
    swapped = false;
    dialog.onclose = () => {
      // Told late: it may have been opened again.
      if (dialog.open) return;
      turn += 1;
      dialog.replaceChildren();
      opener.focus();
      if (history.state?.viewer) history.back();
    };
    dialog.replaceChildren();
    dialog.showModal();
    // The browser's back leads back to the page, as it does on a phone everywhere.
    if (!history.state?.viewer) history.pushState({ viewer: true }, "");
    show();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]"), act = event.target.closest("[data-act]"), other = event.target.closest("[data-with]");
    const plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (link && plain) { event.preventDefault(); return open(link); }
    const inside = dialog?.open && dialog.contains(event.target);
    if (inside && other && plain) { event.preventDefault(); return compare(other.dataset.with); }
    if (!act) return;
    const pane = act.closest("[data-pane]");
    if (pane) {
      lastPane = pane;
      if (act.dataset.act === "turn") rotate(pane, 90);
      else zoom(pane, act.dataset.act === "in" ? STEP : 1 / STEP);
    } else if (inside && plain && acts[act.dataset.act]) {
      event.preventDefault();
      acts[act.dataset.act]();
    }
  });
  addEventListener("popstate", () => dialog?.open && dialog.close());
  document.addEventListener("change", (event) => {
    if (dialog?.open && beside && event.target.matches("[data-beside] select")) compare(event.target.value);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-beside]") || !dialog?.open) return;
    event.preventDefault();
    compare(event.target.elements.with.value);
  });
  document.addEventListener("keydown", (event) => {
    if (!dialog?.open || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
    const pane = lastPane, two = dialog.querySelector(".panes.two");
    const keys = {
      "+": () => zoom(pane, STEP), "=": () => zoom(pane, STEP), "-": () => zoom(pane, 1 / STEP), 0: () => zoom(pane, 0),
      r: () => rotate(pane, 90), R: () => rotate(pane, -90),
      c: () => compare(beside ? "" : dialog.querySelector("[data-beside] select")?.value || ""),
      s: () => two && acts.swap(), b: () => two && acts.together(),
      ArrowRight: () => (event.shiftKey ? move(pane, -60, 0) : step(far())), ArrowLeft: () => (event.shiftKey ? move(pane, 60, 0) : step(-far())),
    };
    if (event.shiftKey) Object.assign(keys, { ArrowUp: () => move(pane, 0, 60), ArrowDown: () => move(pane, 0, -60) });
    const act = keys[event.key];
    if (!act || !pane) return;
    event.preventDefault();
    act();
  });
})();
