// Files on their way to the server. Each lies in the browser's own database until the server has answered, so that a
// closed tab or the next page loses none: whichever page is open sends what is left. The same bytes twice are one file
// on the server, so sending again does no harm. Without a database (private windows) the page itself must wait.
const Sending = (() => {
  const { words } = JSON.parse(document.querySelector("[data-sending]").dataset.sending);
  const WEEK = 7 * 864e5, AT_ONCE = 2, LARGE = 16 * 2 ** 20, BIG_PHOTO = 1.5e6, SLOW = 100e3, LOOK = 3;
  // Isolated, so that a name in another direction does not turn the sentence round.
  const naming = ({ name }, text) => "\u2068" + name + "\u2069: " + text;
  const jobs = new Set(), sleepers = new Set();
  let free = AT_ONCE, slow = false, quiet = 0;
  const line = [];

  // ── the database: "files" are written once, "notes" are what became of them ──
  const database = new Promise((done) => {
    try {
      const opening = indexedDB.open("sending", 1);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore("files", { keyPath: "key", autoIncrement: true });
        opening.result.createObjectStore("notes");
      };
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => done(null);
    } catch {
      done(null);
    }
  });
  const within = async (name, mode, work) => {
    const found = await database;
    if (!found) throw new Error("no database");
    return new Promise((done, fail) => {
      const transaction = found.transaction(name, mode), request = work(transaction.objectStore(name));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = transaction.onerror = () => fail(transaction.error);
    });
  };
  const keep = async (job) => {
    try {
      job.row.key = await within("files", "readwrite", (files) => files.put(job.row));
      return true;
    } catch {
      return false;
    }
  };
  const note = async (job, more) => {
    Object.assign(job.notes, more);
    if (job.row.key) await within("notes", "readwrite", (notes) => notes.put(job.notes, job.row.key)).catch(() => {});
  };
  const strike = async ({ row }) => {
    if (!row.key) return;
    for (const name of ["files", "notes"]) await within(name, "readwrite", (rows) => rows.delete(row.key)).catch(() => {});
  };
  const forget = async (job) => {
    job.gone = true;
    job.request?.abort();
    jobs.delete(job);
    await job.kept;
    await strike(job);
  };

  // ── pauses end at once when there may be signal again ──
  const rest = (seconds) => new Promise((done) => {
    const end = (woken) => { clearTimeout(timer); sleepers.delete(end); done(woken === true); };
    const timer = setTimeout(end, seconds * 1000);
    sleepers.add(end);
  });
  const wake = () => { for (const end of [...sleepers]) end(true); };
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  const inTurn = async (job, work) => {
    while (!free) {
      job.view("queued");
      await new Promise((go) => line.push(go));
    }
    free--;
    try { return await work(); } finally { free++; line.shift()?.(); }
  };

  // ── one request; status 0 where no answer came ──
  const ask = (job, method, url, { body = null, headers = {}, progress, watch, read } = {}) => new Promise((done) => {
    const request = job.request = new XMLHttpRequest();
    const begun = Date.now();
    let timer, looking, loaded = 0, before = 0, whole = false;
    const listen = (seconds) => { clearTimeout(timer); timer = setTimeout(() => request.abort(), seconds * 1000); };
    request.open(method, url);
    request.responseType = "json";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => { listen(30); loaded = event.loaded; progress?.(event.loaded / event.total); };
    // The last of it may still lie in the device's own buffers: time for them at 20 KB/s.
    request.upload.onload = (event) => { listen(120 + event.loaded / 2e4); whole = true; if (progress && !read) job.view("whole"); };
    if (watch) looking = setInterval(() => {
      if (loaded - before < SLOW * LOOK && watch.size - loaded > 1e6) { slow = true; request.abort(); }
      before = loaded;
    }, LOOK * 1000);
    request.onloadend = () => {
      clearTimeout(timer);
      clearInterval(looking);
      if (watch && request.status && watch.size / (Date.now() - begun) < SLOW / 1000) slow = true;
      job.request = null;
      // The store does not let its headers be read.
      const later = read ? 0 : Number(request.getResponseHeader("Retry-After")) || 0;
      done({ status: request.status, answer: request.response, whole, later, etag: (read && request.getResponseHeader(read)) || "" });
    };
    listen(30);
    request.send(body);
  });
  const ours = (job) => ({ "X-CSRFToken": job.token, Accept: "application/json" });
  const json = (job, url, what) => ask(job, "POST", url, { body: JSON.stringify(what), headers: { ...ours(job), "Content-Type": "application/json" } });

  // ── a smaller copy, where the network is slow and the organization does not ask for every original ──
  const poor = () => {
    const line = navigator.connection;
    return slow || (line && (line.saveData || line.downlink < 1.5 || (line.effectiveType && line.effectiveType !== "4g")));
  };
  const shrinks = ({ row, notes }) => !row.full && !row.use_place && !row.reduced && !notes.whole && row.file.size > BIG_PHOTO && row.file.type.startsWith("image/");
  // A canvas leaves out what the camera wrote; its time is the earliest that stands in the head of the file.
  const written = async (file) => {
    const head = new TextDecoder("latin1").decode(await file.slice(0, 131072).arrayBuffer());
    const first = (head.match(/[12]\d{3}:\d\d:\d\d \d\d:\d\d:\d\d/g) || []).sort()[0]?.split(/\D/).map(Number);
    return first ? new Date(first[0], first[1] - 1, ...first.slice(2)).toISOString() : "";
  };
  const shrink = async (job) => {
    const { row } = job;
    try {
      const image = await createImageBitmap(row.file, { imageOrientation: "from-image" }), canvas = document.createElement("canvas");
      const scale = Math.min(1, 2048 / Math.max(image.width, image.height)), pen = canvas.getContext("2d");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      image.close();
      const small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
      if (!small || small.size >= row.file.size) throw new Error("not smaller");
      row.taken_at = (await written(row.file)) || row.taken_at;
      Object.assign(row, { file: small, name: row.name.replace(/\.\w+$/, "") + ".jpg", reduced: true });
      await keep(job);
    } catch {
      row.full = true;
    }
  };

  // ── large files go to the object store in parts; what has arrived there is not sent again ──
  const named = (row, answer) => answer?.error && { ...answer, error: naming(row, answer.error) };
  const large = async (job) => {
    const { row, notes } = job, about = { name: row.name, size: row.file.size, type: row.file.type, place: row.place, taken_at: row.taken_at, use_place: row.use_place };
    let answer, status;
    if (notes.arrival) {
      ({ answer, status } = await ask(job, "GET", notes.arrival.done, { headers: ours(job) }));
      if (status === 404 || status === 410) notes.arrival = null;
      else if (status !== 200) return { status, answer: named(row, answer) };
      else if (answer.state === "arrived") return { status: 202, answer };
      else if (answer.state === "kept") return { status, answer };
    }
    if (!notes.arrival) {
      ({ answer, status } = await json(job, row.large_url, about));
      if (status !== 201) return { status, answer: named(row, answer) };
      await note(job, { arrival: { done: answer.done, part_size: answer.part_size, type: answer.type || row.file.type, etags: {} } });
    }
    const { arrival } = notes, size = arrival.part_size;
    for (const { number, url } of answer.parts) {
      const body = row.file.slice((number - 1) * size, number * size);
      const progress = (share) => job.view("progress", Math.min(1, ((number - 1) * size + share * body.size) / row.file.size));
      const sent = await ask(job, "PUT", url, { body, headers: { "Content-Type": arrival.type }, progress, read: "ETag" });
      // Whatever the store refuses (an address runs out after some minutes) is asked for afresh.
      if (sent.status !== 200) return { status: 0 };
      arrival.etags[number] = sent.etag;
      await note(job, { arrival });
    }
    await note(job, { whole: true });
    return json(job, arrival.done, { etags: arrival.etags });
  };

  // Servers read only so much of a part's head; the ending says what it is.
  const short = (name) => name.replace(/^(.{140})(?=.{11}).*?(\.\w{1,5})?$/su, "$1$2");
  const attempt = async (job) => {
    const { row } = job;
    if (row.large_url && row.file.size > LARGE) return large(job);
    if (shrinks(job) && poor()) await shrink(job);
    if (row.reduced) job.view("small");
    const body = new FormData();
    body.append("photo", row.file, short(row.name));
    for (const name of ["place", "taken_at"]) if (row[name]) body.append(name, row[name]);
    for (const name of ["reduced", "use_place"]) if (row[name]) body.append(name, "1");
    const watched = shrinks(job), was = slow;
    const result = await ask(job, "POST", row.url, { body, headers: ours(job), progress: (share) => job.view("progress", share), watch: watched ? row.file : null });
    if (watched && slow && !was && !result.status && !job.gone) return attempt(job);
    // It may have arrived although the answer did not: from now on these very bytes, and only the server takes them away.
    if (result.status ? result.status > 499 && result.status !== 503 : result.whole) await note(job, { whole: true });
    return result;
  };
  const arrived = ({ status, answer }) => status > 199 && status < 300 && status !== 202 && !!answer;
  // Two open pages do not send the same file: the second waits until the first is done with it.
  const lockOf = (job) => "sending-" + job.row.key;
  const alone = async (job) => {
    if (!job.row.key || !navigator.locks) return attempt(job);
    return navigator.locks.request(lockOf(job), { ifAvailable: true }, async (lock) => {
      if (!lock) return { elsewhere: true };
      if (!(await within("files", "readonly", (files) => files.getKey(job.row.key)))) return { status: 201, answer: {} };
      const result = await attempt(job);
      // Before the lock is let go: the page that waits for it must not find the file again.
      if (arrived(result)) await strike(job);
      return result;
    });
  };
  const readable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

  const run = async (job) => {
    if (job.notes.closed) await note(job, { closed: false });
    await Promise.race([job.kept, rest(3)]);
    for (let pause = 1; !job.gone; ) {
      if (navigator.onLine === false) { job.view("waiting"); await rest(60); }
      const { status, answer, elsewhere, later = 0 } = job.gone ? {} : await inTurn(job, () => (job.gone ? {} : alone(job)));
      if (job.gone) return undefined;
      if (elsewhere) {
        job.view("elsewhere");
        await navigator.locks.request(lockOf(job), () => {});
        continue;
      }
      // A large file is evidence once it was checked; until then it is asked about.
      const checking = status === 202;
      if (checking) job.safe = true;
      if (arrived({ status, answer })) {
        await forget(job);
        return job.view("sent", answer);
      }
      if (status === 422 || status === 413 || status === 400) return refuse(job, answer?.error || naming(job.row, words.large));
      if (status && status < 500 && ![202, 408, 429].includes(status)) {
        await note(job, { closed: true });
        return job.view("ended", answer?.error || words.ended);
      }
      if (!status && !(await readable(job.row.file))) return refuse(job, naming(job.row, words.unreadable));
      if (!quiet) job.view(checking ? "checking" : status ? "busy" : navigator.onLine === false ? "waiting" : "lost");
      pause = (await rest(Math.max(pause, quiet, Math.min(later, 300)))) ? 1 : Math.min(pause * 2, 60);
    }
    return undefined;
  };
  const refuse = async (job, text) => {
    await note(job, { refused: text });
    job.view("refused", text);
  };

  return {
    naming,
    forget,
    wake,
    /** Send a file; `view(state, detail)` hears queued, small, progress, whole, checking, sent, what it waits for
     *  (waiting: no network, lost: no answer, busy: the server, elsewhere: another tab), refused and ended. Returns its job. */
    start(row, notes, view, token) {
      const job = { row, notes, view, token, gone: false, safe: !!row.key };
      jobs.add(job);
      if (!row.key) {
        row.added = Date.now();
        job.kept = keep(job).then((kept) => { job.safe = kept; });
      }
      if (notes.refused) view("refused", notes.refused);
      else run(job);
      return job;
    },
    /** Send to another address what an earlier page could not send to its own. */
    async move(row, notes, url, largeUrl) {
      for (const name of Object.keys(notes)) delete notes[name];
      Object.assign(row, { url, large_url: largeUrl });
      await within("files", "readwrite", (files) => files.put(row)).catch(() => {});
      await within("notes", "readwrite", (all) => all.delete(row.key)).catch(() => {});
    },
    /** Send it once more after it ended. */
    again: run,
    /** Return what earlier pages left: [row, notes] each. What is a week old is thrown away. */
    async left() {
      try {
        const rows = await within("files", "readonly", (files) => files.getAll());
        const keys = await within("notes", "readonly", (notes) => notes.getAllKeys());
        const notes = await within("notes", "readonly", (all) => all.getAll());
        for (const row of rows) if (Date.now() - row.added > WEEK) forget({ row });
        return rows.filter((row) => Date.now() - row.added <= WEEK).map((row) => [row, notes[keys.indexOf(row.key)] || {}]);
      } catch {
        return [];
      }
    },
    /** Whether files are under way; with `lost`, such that only this page can send. */
    busy: (lost) => [...jobs].some((job) => !job.notes.refused && !job.notes.closed && !(lost && job.safe)),
    /** Leave the line free for the next page, which goes on with what is broken off here. */
    makeWay() {
      quiet = 10;
      setTimeout(() => { quiet = 0; }, 10000);
      for (const job of jobs) if (job.safe) job.request?.abort();
    },
  };
})();
