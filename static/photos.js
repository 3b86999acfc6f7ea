// Forms that take photos, videos and documents: a tile for each file, sent as soon as it is chosen, dropped or pasted.
// Without this script the form sends them itself. `static/sending.js` does the sending.
(() => {
  const bars = [...document.querySelectorAll("[data-sending-under]")], forms = [...document.querySelectorAll("form[data-upload-url]")];
  const phone = matchMedia("(pointer: coarse)").matches;
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
      // A HEIC, where the browser knows none: a sign, until the server's copy is there.
      picture.onerror = () => {
        const sign = element("span", "sign");
        sign.append(icon("photo"));
        picture.before(sign);
        picture.hidden = true;
        picture.onload = () => { sign.remove(); picture.hidden = false; };
      };
      box.append(picture);
    }
    bar.setAttribute("aria-label", name);
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
    const { words, limits = {}, most = 0, taken = 0 } = JSON.parse(form.dataset.sending), { uploadUrl, removeUrl, largeUrl = "", full, about } = form.dataset;
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value, icons = form.querySelector("template[data-icons]")?.content;
    const icon = (name) => icons?.querySelector(`[data-icon=${name}]`)?.cloneNode(true) || "", tile = (...of) => tileIn(form, words, icon, ...of);
    const unfold = () => { const folded = form.closest("details"); if (folded) folded.open = true; };
    let count = taken;
    const counts = (step) => {
      count += step;
      for (const place of form.querySelectorAll("[data-count]")) place.textContent = fill(words.count, { n: count, most });
    };

    // One quiet voice for the whole form; what five files wait for is said once.
    const voice = form.appendChild(Object.assign(element("p", "visually-hidden"), { role: "status" }));
    const tell = (text) => { if (voice.textContent !== text) voice.textContent = text; };
    const away = (box) => {
      const next = box.contains(document.activeElement) && (box.closest(".shot-place") || form).querySelector("input[type=file]");
      box.remove();
      if (next) next.focus();
    };

    const view = (part) => (state, detail) => {
      const { box, cap, says, percent, bar } = part, bad = state === "refused" || state === "ended", going = state === "progress";
      const waits = ["waiting", "lost", "busy", "elsewhere"].includes(state);
      if (state === "small") {
        if (!part.small) cap.prepend(part.small = element("span", "", words.small));
        return;
      }
      for (const old of cap.querySelectorAll("button")) old.remove();
      box.classList.toggle("failed", bad);
      bar.hidden = bad || state === "sent" || state === "queued";
      // What the server has whole, or may have, is taken away there once it has answered.
      part.remove.hidden = bad || state === "whole" || state === "checking" || !!part.job?.notes.whole;
      percent.textContent = going ? Math.round(detail * 100) + "%" : "";
      if (going) bar.value = detail;
      if (state === "whole" || state === "checking") bar.removeAttribute("value");
      const said = going ? part.name : bad ? detail : words[state];
      if (said && says.textContent !== said) says.textContent = said;
      if (state === "checking" || bad) for (const told of document.querySelectorAll("[data-arrival]")) told.hidden ||= !!part.job?.notes.arrival?.done.includes(told.dataset.arrival);
      if (waits || bad) tell(said);
      if (waits && state !== "elsewhere") cap.append(button(words.again, Sending.wake));
      if (bad) {
        if (state === "ended") cap.append(button(words.again, () => Sending.again(part.job)));
        cap.append(button(words.discard, () => { Sending.forget(part.job); away(box); }));
      }
      if (state === "sent") arrived(part, detail);
    };
    const arrived = ({ box, remove, says, cap, name, chosen }, answer) => {
      const known = answer.id && form.querySelector(`[data-photo="${answer.id}"]`);
      // Sent by an earlier page, whose answer was lost.
      if (known && !chosen) return box.remove();
      // Without an id another page of this browser has sent it.
      box.dataset.photo = known ? "twice" : answer.id || "sent";
      remove.hidden = known || !answer.id || !removeUrl;
      says.textContent = known ? words.twice : name;
      if (known) {
        cap.append(button(words.discard, () => away(box)));
        return tell(words.twice);
      }
      says.before(icon("sent"));
      if (answer.id) remove.dataset.remove = answer.id;
      const picture = box.querySelector("img");
      if (answer.thumb && picture) picture.src = answer.thumb;
      if (!form.querySelector("[data-count]")) tell(fill(words.arrived, { name }));
      return counts(1);
    };
    const show = (row, notes) => {
      const part = tile(row.file, row.label || row.name, row.place), says = view(part);
      part.chosen = !row.key;
      part.remove.onclick = () => {
        if (part.remove.dataset.remove) return;
        Sending.forget(part.job);
        away(part.box);
      };
      part.job = { notes };
      part.job = Sending.start(row, notes, says, token);
    };
    const refuse = (file, text) => {
      const part = tile(file, file.name, ""), { box, cap, says } = part;
      box.classList.add("failed");
      part.bar.remove();
      part.remove.remove();
      says.textContent = Sending.naming(file, text);
      tell(says.textContent);
      cap.append(button(words.discard, () => away(box)));
    };

    // What a gallery hands over "now" was not taken now; a camera's photo was.
    const claims = (file, camera) => (camera || Date.now() - file.lastModified > 5000 ? new Date(file.lastModified).toISOString() : "");
    const take = (files, { place = form.elements.place?.value || "", label = "", camera = false } = {}) => {
      tell("");
      for (const file of files) {
        const kind = kindOf(file), limit = limits[kind] || Math.max(...Object.values(limits));
        const waiting = form.querySelectorAll(".shot.full:not([data-photo], .failed)").length;
        if (file.size > limit) refuse(file, fill(words.tooLarge[kind] || words.tooLarge.photo, { size: Math.max(Math.round(file.size / 2 ** 20), limit / 2 ** 20 + 1) }));
        else if (most && count + waiting >= most) refuse(file, words.tooMany);
        else show({ url: uploadUrl, large_url: largeUrl, about, place, label, name: file.name, file, full: full === "1" || !phone, reduced: false, use_place: !!form.elements.use_place?.checked, taken_at: claims(file, camera) }, {});
      }
    };

    // On a phone two ways: the place itself opens the camera, beside it is the gallery. Without script the phone asks.
    if (phone) {
      for (const camera of form.querySelectorAll("input[data-camera]")) {
        camera.setAttribute("capture", "environment");
        camera.accept = "image/*";
      }
      for (const gallery of form.querySelectorAll("[data-gallery]")) gallery.hidden = false;
    }
    const chosen = (input) => {
      if (input.type !== "file" || !input.files.length) return;
      take([...input.files], { ...(input.dataset.place && { place: input.dataset.place }), label: input.closest("[data-label]")?.dataset.label, camera: input.hasAttribute("capture") });
      input.value = "";
    };
    form.addEventListener("change", (event) => chosen(event.target));
    form.addEventListener("click", async (event) => {
      const remove = event.target.closest("[data-remove]");
      if (!remove) return;
      const body = new FormData();
      body.append("id", remove.dataset.remove);
      remove.disabled = true;
      const box = remove.closest("[data-photo]"), answer = await fetch(removeUrl, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } }).catch(() => null);
      remove.disabled = false;
      if (answer && (answer.ok || answer.status === 404)) {
        away(box);
        return counts(-1);
      }
      const { error = words.stays } = (await answer?.json().catch(() => null)) || {}, cap = box.querySelector(".cap");
      cap.querySelector(".stays")?.remove();
      cap.append(element("span", "stays", error));
      return tell(error);
    });
    // The next page sends what is left. Only where this browser keeps nothing, this page waits, and says so.
    let pressed = false;
    form.addEventListener("submit", async (event) => {
      Sending.makeWay();
      if (!Sending.busy("lost")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (pressed) return;
      pressed = true;
      const note = element("p", "note-box mb-0", words.stay), since = Date.now();
      while (Sending.busy("lost")) {
        await new Promise((done) => setTimeout(done, 200));
        if (!note.isConnected && Date.now() - since > 800) {
          (event.submitter || voice).before(note);
          tell(words.stay);
        }
      }
      note.remove();
      pressed = false;
      form.requestSubmit(event.submitter);
    }, true);

    dropAndPaste(form, take, unfold);
    counts(0);
    // Chosen before this script was there.
    for (const input of form.querySelectorAll("input[type=file]")) chosen(input);
    return { url: uploadUrl, largeUrl, about, show: (row, notes) => { unfold(); show(row, notes); } };
  };

  // ── a line on the customer's pages about what earlier pages left, for forms that are not on this one ──
  const cookie = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || ["", ""])[1];
  const bar = (bar) => {
    const { words } = JSON.parse(bar.dataset.sending), says = element("span", ""), share = Object.assign(element("progress", ""), { max: 1, value: 0 }), lines = element("ul", "list-unstyled mb-0");
    const all = [], told = [], more = element("span", "muted");
    const say = () => {
      const going = all.filter((each) => each.size && each.state !== "sent"), left = going.filter((each) => each.state !== "checking"), states = [...new Set(going.map((each) => each.state))];
      const sum = (of) => all.reduce((total, each) => total + of(each), 0), sent = all.some((each) => each.state === "sent"), put = (place, text) => { if (place.textContent !== text) place.textContent = text; };
      bar.hidden = !going.length && !sent && !lines.children.length;
      lines.hidden = !lines.children.length;
      put(says, left.length ? fill(words.before, { n: left.length }) : sent && !going.length ? words.done : "");
      put(more, (states.length === 1 && ["waiting", "lost", "busy", "elsewhere", "checking"].includes(states[0]) && words[states[0]]) || "");
      says.hidden = !says.textContent;
      more.hidden = !more.textContent;
      share.hidden = !left.length;
      share.value = sum((each) => each.share * each.size) / sum((each) => each.size) || 0;
    };
    share.setAttribute("aria-label", words.progress);
    bar.querySelector(".stack").append(says, share, more, lines);
    return {
      under: bar.dataset.sendingUnder.split(" "),
      show(row, notes) {
        const each = { state: "queued", share: 0, size: row.file.size };
        all.push(each);
        const job = Sending.start(row, notes, (state, detail) => {
          if (state !== "small") each.state = state;
          if (state === "progress") each.share = detail;
          if (state === "sent") each.share = 1;
          if (state === "refused" || state === "ended") {
            each.size = 0;
            // What ended for the same reason stands on one line.
            const same = state === "ended" && told.find((line) => line.detail === detail), line = same || { detail, names: [], jobs: [], entry: element("li", "row-x wrap") };
            line.names.push(row.name);
            line.jobs.push(() => job);
            const text = state === "ended" ? Sending.naming({ name: line.names.join(", ") }, detail) : detail;
            line.entry.replaceChildren(element("span", "", text), button(words.discard, () => {
              for (const of of line.jobs) Sending.forget(of());
              line.entry.remove();
              told.splice(told.indexOf(line), 1);
              say();
            }));
            if (!same) {
              told.push(line);
              lines.append(line.entry);
            }
          }
          say();
        }, cookie());
        say();
      },
    };
  };

  const [taking, telling] = [forms.map(form), bars.map(bar)];
  addEventListener("beforeunload", (event) => { if (Sending.busy("lost")) event.preventDefault(); });
  Sending.left().then(async (left) => {
    for (const [row, notes] of left) {
      // Of a complaint whose session ended: the same order was opened again, so they go to the complaint begun now.
      const anew = notes.closed && row.about && taking.find((form) => form.about === row.about && form.url !== row.url);
      if (anew) await Sending.move(row, notes, anew.url, anew.largeUrl);
      const here = taking.find((form) => form.url === row.url) || (!notes.closed && telling.find((bar) => bar.under.some((start) => row.url.startsWith(start))));
      if (here) here.show(row, notes);
    }
  });
})();
