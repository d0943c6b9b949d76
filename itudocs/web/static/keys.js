/* Keys that work on every page: the search box, the keys themselves, lists of letters.
   A list is whatever has links with the attribute data-hit. Nothing here is needed to use a page. */

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");

function step(by) {
  const hits = [...document.querySelectorAll("a[data-hit]")];
  if (!hits.length) return;
  const at = hits.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : hits.length - 1) : Math.min(Math.max(at + by, 0), hits.length - 1);
  hits[next].focus();
  hits[next].closest("article, li, tr")?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches?.("[data-searchbox]")) {
    event.target.blur();
    return;
  }
  if (typing(event.target)) return;
  const box = document.querySelector("[data-searchbox]");
  const follow = (rel) => document.querySelector(`a[rel="${rel}"]`)?.click();
  const acts = {
    "/": () => { box?.focus(); box?.select(); },
    "?": () => document.getElementById("keys").showModal(),
    j: () => step(1),
    k: () => step(-1),
    n: () => follow("next"),
    p: () => follow("prev"),
  };
  const act = acts[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
document.documentElement.classList.add("js");
