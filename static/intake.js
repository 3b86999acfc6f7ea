// A folder of photos: one request for each file, in the order of their names, each with what became of it.
for (const form of document.querySelectorAll("[data-intake-folder]")) {
  const words = form.dataset, token = form.querySelector("[name=csrfmiddlewaretoken]").value, input = form.querySelector("input[type=file]");
  const report = form.querySelector("[data-report]"), says = report.querySelector("[data-says]"), count = report.querySelector("[data-count]"), bar = report.querySelector("progress"), rows = report.querySelector("tbody");
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  let busy = false;

  // No answer, 429 and 5xx may pass; anything else is the server's answer.
  const send = async (file, path) => {
    for (let wait = 1; wait < 60; wait *= 2) {
      const body = new FormData();
      body.append("photo", file, file.name);
      body.append("path", path);
      const answer = await fetch(words.intakeFolder, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } }).catch(() => null);
      if (answer && answer.status < 500 && answer.status !== 429) return answer.json().catch(() => ({ outcome: "refused", reason: words.failed }));
      says.textContent = words.waiting;
      await pause(wait);
    }
    return { outcome: "refused", reason: words.failed };
  };
  const row = (path, { outcome, reason }) => {
    const line = rows.insertRow(), name = document.createElement("bdi");
    name.className = "own-code";
    name.dir = "ltr";
    name.textContent = path;
    line.insertCell().append(name);
    line.insertCell().textContent = [words[outcome] || outcome, reason].filter(Boolean).join(": ");
    line.className = outcome === "refused" || outcome === "lost" ? "up" : "";
  };

  input.addEventListener("change", async () => {
    const path = (file) => file.webkitRelativePath || file.name;
    const files = [...input.files].sort((one, other) => (path(one) < path(other) ? -1 : 1)), sums = {};
    input.value = "";
    if (busy || !files.length) return;
    busy = input.disabled = true;
    report.hidden = false;
    rows.replaceChildren();
    for (const [index, file] of files.entries()) {
      count.textContent = `${index + 1} / ${files.length}`;
      const photo = /\.(jpe?g|png|webp|hei[cf]|mp4|mov|webm|pdf)$/i.test(file.name);
      const answer = photo ? await send(file, path(file)) : { outcome: "skipped" };
      sums[answer.outcome] = (sums[answer.outcome] || 0) + 1;
      says.textContent = Object.entries(sums).map(([outcome, n]) => `${words[outcome] || outcome}: ${n}`).join(" · ");
      bar.value = (index + 1) / files.length;
      row(path(file), answer);
    }
    busy = input.disabled = false;
  });
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
}
