// Forms that take photos, videos and documents: a tile for each file, sent as soon as it is chosen, dropped or pasted.
// Without this script the form sends them itself. `static/sending.js` does the sending.
(() => {
  const bars = [...document.querySelectorAll("[data-sending-under]")], forms = [...document.querySelectorAll("form[data-upload-url]")];
  const KINDS = { image: "photo", video: "video", "application/pdf": "document" };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const element = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });
  const button = (text, act) => Object.assign(element("button", "btn btn-xs btn-line", text), { type: "button", onclick: act });
  const kindOf = (file) => KINDS[file.type] || KINDS[file.type.split("/")[0]];

  const tileIn = (form, words, icon, file, name, place) => {
    const box = element("div", "shot full"), kind = kindOf(file), remove = element("button", "x"), cap = element("div", "cap");
    const line = element("span", "row-x"), says = element("span", "", name), percent = element("span", "push num"), bar = Object.assign(element("progress", ""), { max: 1, value: 0 });
    if (kind === "video" || kind === "document") {
      const sign = element("span", "sign");
      sign.append(icon(kind));
      box.append(sign);
    } else {
      const picture = Object.assign(document.createElement("img"), { alt: name, width: 170, height: 170, src: URL.createObjectURL(file) });
      picture.onload = () => URL.revokeObjectURL(picture.src);
      box.append(picture);
    }
    cap.setAttribute("aria-live", "polite");
    remove.type = "button";
    remove.append(icon("x") || "×");
    remove.setAttribute("aria-label", words.remove + ": " + name);
    line.append(says, percent);
    cap.append(line, bar);
    box.append(remove, cap);
    const among = form.querySelector(`.shot-place[data-place="${CSS.escape(place || "")}"]`), before = among?.querySelector("label.shot");
    if (before) among.insertBefore(box, before);
    else (among || form.querySelector("[data-photos]") || form.querySelector(".shots") || form).append(box);
    return { box, remove, cap, says, percent, bar, name };
  };
  // What is dropped on the form or around it, and what is pasted anywhere on the page.
  const dropAndPaste = (form, take, unfold) => {
    const drop = form.closest("[data-drop]");
    if (!drop) return;
    const over = (event) => event.dataTransfer?.types.includes("Files");
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { if (over(event)) { event.preventDefault(); drop.classList.add("drop"); } });
    drop.addEventListener("dragleave", (event) => { if (!drop.contains(event.relatedTarget)) drop.classList.remove("drop"); });
    drop.addEventListener("drop", (event) => {
      drop.classList.remove("drop");
      if (!over(event)) return;
      event.preventDefault();
      unfold();
      const place = event.target.closest(".shot-place")?.dataset;
      take([...event.dataTransfer.files], place && { place: place.place, label: place.label });
    });
    // A file that misses the place must not take the page's place.
    for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => { if (over(event)) event.preventDefault(); });
    document.addEventListener("paste", (event) => {
      const files = [...event.clipboardData.files], text = event.clipboardData.types.some((type) => type.startsWith("text/"));
      if (event.defaultPrevented || !files.length || (text && event.target.closest?.("input, textarea, [contenteditable]"))) return;
      event.preventDefault();
      unfold();
      take(files);
    });
  };

  const form = (form) => {
    const { words, limits = {}, most = 0, taken = 0 } = JSON.parse(form.dataset.sending), { uploadUrl, removeUrl, largeUrl, full } = form.dataset;
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value, icons = form.querySelector("template[data-icons]")?.content;
    const icon = (name) => icons?.querySelector(`[data-icon=${name}]`)?.cloneNode(true) || "", tile = (...of) => tileIn(form, words, icon, ...of);
    const unfold = () => { const folded = form.closest("details"); if (folded) folded.open = true; };
    let count = taken;
    const counts = (step) => {
      count += step;
      for (const place of form.querySelectorAll("[data-count]")) place.textContent = fill(words.count, { n: count, most });
    };

    const view = (part) => (state, detail) => {
      const { box, cap, says, percent, bar } = part, bad = state === "refused" || state === "ended";
      for (const old of cap.querySelectorAll("button")) old.remove();
      box.classList.toggle("failed", bad);
      bar.hidden = bad || state === "sent";
      part.remove.hidden = bad;
      if (state === "progress") {
        bar.value = detail;
        says.textContent = part.name;
        percent.textContent = Math.round(detail * 100) + "%";
      } else percent.textContent = "";
      if (state === "small" && !part.small) cap.prepend(part.small = element("span", "", words.small));
      if (state === "waiting") {
        says.textContent = words.waiting;
        cap.append(button(words.again, Sending.wake));
      }
      if (bad) {
        says.textContent = detail;
        if (state === "ended") cap.append(button(words.again, () => Sending.again(part.job)));
        cap.append(button(words.discard, () => { Sending.forget(part.job); box.remove(); }));
      }
      if (state === "sent") arrived(part, detail);
    };
    const arrived = ({ box, remove, says, name }, answer) => {
      says.before(icon("sent"));
      const known = answer.id && form.querySelector(`[data-photo="${answer.id}"]`);
      if (known) return box.remove();
      // Without an id another page of this browser has sent it.
      box.dataset.photo = answer.id || "sent";
      if (answer.id) remove.dataset.remove = answer.id;
      remove.hidden = !answer.id || !removeUrl;
      says.textContent = answer.checking ? words.checking : name;
      const picture = box.querySelector("img");
      if (answer.thumb && picture) picture.src = answer.thumb;
      return counts(1);
    };
    const show = (row, notes) => {
      const part = tile(row.file, row.label || row.name, row.place), says = view(part);
      part.remove.onclick = () => {
        if (part.remove.dataset.remove) return;
        Sending.forget(part.job);
        part.box.remove();
      };
      part.job = Sending.start(row, notes, says, token);
    };
    const refuse = (file, text) => {
      const part = tile(file, file.name, ""), { box, cap, says } = part;
      box.classList.add("failed");
      part.bar.remove();
      part.remove.remove();
      says.textContent = file.name + ": " + text;
      cap.append(button(words.discard, () => box.remove()));
    };

    // What a gallery hands over "now" was not taken now; a camera's photo was.
    const claims = (file, camera) => (camera || Date.now() - file.lastModified > 5000 ? new Date(file.lastModified).toISOString() : "");
    const take = (files, { place = form.elements.place?.value || "", label = "", camera = false } = {}) => {
      for (const file of files) {
        const kind = kindOf(file), limit = limits[kind] || Math.max(...Object.values(limits));
        const waiting = form.querySelectorAll(".shot.full:not([data-photo], .failed)").length;
        if (file.size > limit) refuse(file, fill(words.tooLarge[kind] || words.tooLarge.photo, { size: Math.max(Math.round(file.size / 2 ** 20), limit / 2 ** 20 + 1) }));
        else if (most && count + waiting >= most) refuse(file, words.tooMany);
        else show({ url: uploadUrl, large_url: largeUrl || "", place, label, name: file.name, file, full: full === "1", reduced: false, use_place: !!form.elements.use_place?.checked, taken_at: claims(file, camera) }, {});
      }
    };

    // On a phone two ways: the place itself opens the camera, beside it is the gallery. Without script the phone asks.
    if (matchMedia("(pointer: coarse)").matches) {
      for (const camera of form.querySelectorAll("input[data-camera]")) {
        camera.setAttribute("capture", "environment");
        camera.accept = "image/*";
      }
      for (const gallery of form.querySelectorAll("[data-gallery]")) gallery.hidden = false;
    }
    form.addEventListener("change", (event) => {
      const input = event.target;
      if (input.type !== "file") return;
      take([...input.files], { ...(input.dataset.place && { place: input.dataset.place }), label: input.closest("[data-label]")?.dataset.label, camera: input.hasAttribute("capture") });
      input.value = "";
    });
    form.addEventListener("click", async (event) => {
      const remove = event.target.closest("[data-remove]");
      if (!remove) return;
      const body = new FormData();
      body.append("id", remove.dataset.remove);
      remove.disabled = true;
      const { status } = await fetch(removeUrl, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } }).catch(() => ({ status: 0 }));
      remove.disabled = false;
      if (!status || (status > 299 && status !== 404)) return;
      remove.closest("[data-photo]").remove();
      counts(-1);
    });
    // The next page sends what is left. Only where this browser keeps nothing, this page waits.
    form.addEventListener("submit", async (event) => {
      Sending.makeWay();
      if (!Sending.busy("lost")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      form.classList.add("waiting");
      while (Sending.busy("lost")) await new Promise((done) => setTimeout(done, 200));
      form.classList.remove("waiting");
      form.requestSubmit(event.submitter);
    }, true);

    dropAndPaste(form, take, unfold);
    counts(0);
    return { url: uploadUrl, show: (row, notes) => { unfold(); show(row, notes); } };
  };

  // ── a line on the customer's pages about what earlier pages left, for forms that are not on this one ──
  const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || ["", ""])[1];
  const bar = (bar) => {
    const { words } = JSON.parse(bar.dataset.sending), says = element("span", ""), share = Object.assign(element("progress", ""), { max: 1, value: 0 }), lines = element("ul", "list-unstyled mb-0");
    let waiting = 0, sent = 0;
    const say = () => {
      bar.hidden = !waiting && !sent && !lines.children.length;
      lines.hidden = !lines.children.length;
      says.hidden = !waiting && !sent;
      says.textContent = waiting ? fill(words.before, { n: waiting }) : sent ? words.done : "";
      share.hidden = !waiting;
    };
    bar.querySelector(".stack").append(says, share, lines);
    return {
      under: bar.dataset.sendingUnder.split(" "),
      show(row, notes) {
        waiting++;
        const over = () => { waiting--; say(); };
        const job = Sending.start(row, notes, (state, detail) => {
          if (state === "progress") share.value = detail;
          if (state === "sent") { sent++; over(); }
          if (state !== "refused" && state !== "ended") return;
          const entry = element("li", "row-x wrap");
          entry.append(element("span", "", state === "ended" ? row.name + ": " + detail : detail), button(words.discard, () => { Sending.forget(job); entry.remove(); say(); }));
          lines.append(entry);
          over();
        }, cookie());
        say();
      },
    };
  };

  const [taking, telling] = [forms.map(form), bars.map(bar)];
  addEventListener("beforeunload", (event) => { if (Sending.busy("lost")) event.preventDefault(); });
  Sending.left().then((left) => {
    for (const [row, notes] of left) {
      const here = taking.find((form) => form.url === row.url) || (!notes.closed && telling.find((bar) => bar.under.some((start) => row.url.startsWith(start))));
      if (here) here.show(row, notes);
    }
  });
})();
