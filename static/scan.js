// Reading a barcode live, where the browser can (BarcodeDetector, on Android); elsewhere a photo of it is sent instead.
(() => {
  const button = document.querySelector("[data-scan]"), dialog = document.querySelector("[data-scanner]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const video = dialog.querySelector("video"), says = dialog.querySelector("[role=status]"), form = document.querySelector("[data-intake]");
  let stream = null;
  const stop = () => {
    for (const track of stream?.getTracks() || []) track.stop();
    stream = null;
  };
  const look = async (detector) => {
    while (stream) {
      const [code] = video.readyState > 1 ? await detector.detect(video).catch(() => []) : [];
      const text = code?.rawValue.trim();
      if (stream && text) {
        dialog.close();
        form.elements.q.value = text.slice(0, 120);
        return form.requestSubmit();
      }
      await new Promise((done) => setTimeout(done, 120));
    }
    return undefined;
  };
  BarcodeDetector.getSupportedFormats().then((formats) => {
    if (!formats.length) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      says.textContent = "";
      dialog.showModal();
      try {
        const found = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        stream = found;
        if (!dialog.open) return stop();
        video.srcObject = found;
        await video.play();
        return look(new BarcodeDetector({ formats }));
      } catch {
        stop();
        says.textContent = dialog.dataset.denied;
      }
      return undefined;
    });
    dialog.addEventListener("close", stop);
  }, () => {});
})();
