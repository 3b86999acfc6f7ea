// Before the first paint: light or dark as chosen, else as the system says; and "js" for what needs it.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
  (window.setTheme = () => {
    let chosen;
    try { chosen = localStorage.theme; } catch {}
    root.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  })();
  dark.onchange = setTheme;
  root.classList.add("js");
})();
