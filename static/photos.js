// Photos are sent as they are chosen; without this script the form sends them. Originals are evidence, so they go
// unchanged unless the form says data-shrink="1".
for (const form of document.querySelectorAll("form[data-upload-url]")) {
  const text = form.dataset, token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  let busy = 0;

  const shrink = async (file) => {
    if (text.shrink !== "1" || file.size < 1.5e6) return file;
    try {
      const image = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, 2048 / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
      canvas.width = image.width * scale;
      canvas.height = image.height * scale;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82))) || file;
    } catch {
      return file;
    }
  };

  const post = (url, data, progress) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", token);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.timeout = 180000;
    request.upload.onprogress = (event) => progress?.(event.loaded / event.total);
    request.onloadend = () => done({ status: request.status, answer: request.response });
    request.send(data);
  });

  // 0 is no signal; 5xx and 429 may pass. Anything else is the server's answer.
  const trying = async (send) => {
    for (let pause = 1; ; pause *= 3) {
      const result = await send();
      if ((result.status && result.status < 500 && result.status !== 429) || pause > 9) return result;
      await new Promise((done) => setTimeout(done, pause * 1000));
    }
  };

  const tile = (name, image) => {
    const box = document.createElement("div");
    box.className = "shot full";
    box.innerHTML = '<img alt="" width="170" height="170"><button class="x" type="button" hidden></button><div class="cap" aria-live="polite"><span class="row-x"><span></span><span class="push num"></span></span><progress max="1" value="0"></progress></div>';
    const [picture, remove, , line] = [...box.querySelectorAll("img, button, .cap, .row-x")];
    picture.src = image;
    picture.alt = name;
    remove.append(form.querySelector("template[data-remove-icon]")?.content.cloneNode(true) || "×");
    line.firstChild.textContent = name;
    return { box, picture, remove, line, bar: box.querySelector("progress") };
  };

  const send = async (file, place, place_label) => {
    const part = tile(place_label, URL.createObjectURL(file));
    const holder = form.querySelector(`[data-place="${CSS.escape(place)}"].shot-place`) || form.querySelector("[data-photos]");
    holder.querySelector("label.shot") ? holder.insertBefore(part.box, holder.querySelector("label.shot")) : holder.append(part.box);
    const percent = part.line.lastChild;
    const body = await shrink(file);
    const data = new FormData();
    data.append("photo", body, file.name);
    data.append("place", place);
    data.append("taken_at", new Date(file.lastModified).toISOString());
    const attempt = async () => {
      part.box.classList.remove("failed");
      part.bar.hidden = false;
      busy++;
      const { status, answer } = await trying(() => post(text.uploadUrl, data, (share) => {
        part.bar.value = share;
        percent.textContent = Math.round(share * 100) + "%";
      }));
      busy--;
      part.bar.hidden = true;
      percent.textContent = "";
      if (status >= 200 && status < 300 && answer?.id) {
        part.box.dataset.photo = part.remove.dataset.remove = answer.id;
        if (answer.thumb) part.picture.src = answer.thumb;
        part.remove.setAttribute("aria-label", (text.removeLabel || "×") + ": " + place_label);
        part.remove.hidden = !text.removeUrl;
        part.line.firstChild.textContent = place_label;
        return form.dispatchEvent(new CustomEvent("photo:sent", { bubbles: true, detail: answer }));
      }
      part.box.classList.add("failed");
      part.line.firstChild.textContent = answer?.error || text.failed || "Not sent.";
      const again = document.createElement("button");
      again.type = "button";
      again.className = "btn btn-xs btn-line";
      again.textContent = answer?.error ? text.discard || "×" : text.again || "↻";
      again.onclick = () => { again.remove(); answer?.error ? part.box.remove() : attempt(); };
      part.box.querySelector(".cap").append(again);
    };
    attempt();
  };

  form.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file") return;
    const name = input.closest("[data-label]")?.dataset.label || "";
    for (const file of input.files) send(file, input.dataset.place || "", name || file.name);
    input.value = "";
  });
  form.addEventListener("click", async (event) => {
    const remove = event.target.closest("[data-remove]");
    if (!remove) return;
    const data = new FormData();
    data.append("id", remove.dataset.remove);
    remove.disabled = true;
    const { status } = await trying(() => post(text.removeUrl, data));
    if (status < 300 || status === 404) remove.closest("[data-photo]").remove();
    else remove.disabled = false;
  });
  form.addEventListener("submit", (event) => {
    if (!busy || form.dataset.patient) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.classList.add("waiting");
    const button = event.submitter, timer = setInterval(() => {
      if (busy) return;
      clearInterval(timer);
      form.classList.remove("waiting");
      form.requestSubmit(button);
    }, 200);
  }, true);
  addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });
}
