// A letter: values and their words light up together; zones, other letters and grounds come when asked for.
// Without it the same is reached by links: `#e3` are a value's words, `#v3` is the value.

const letter = document.querySelector(".letter");
const text = document.getElementById("letter-text");

// -- values and words ---------------------------------------------------------------------------------------------------

let lit = [];
let held = []; // what was followed stays lit while nothing else is pointed at

function paint(elements) {
  for (const element of lit) element.classList.remove("lit");
  lit = elements;
  for (const element of lit) element.classList.add("lit");
}

function light(names) {
  const wanted = names.length ? names : held;
  paint(wanted.flatMap((name) => [...document.querySelectorAll(`[data-e~="${name}"]`)]));
}

function namesAt(target) {
  const element = target instanceof Element ? target.closest("[data-e]") : null;
  return element ? element.dataset.e.split(" ") : [];
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "mouse") light(namesAt(event.target));
});
document.addEventListener("focusin", (event) => light(namesAt(event.target)));
document.addEventListener("focusout", () => light([]));

// A link between a value and its words: both stay lit, and the other one comes into sight. The history is left alone.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#e"], a[href^="#v"]') : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!getSelection().isCollapsed && text.contains(link)) {
    event.preventDefault(); // words were selected, not followed
    return;
  }
  const target = document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  held = namesAt(link);
  show(target);
  light(held);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") light(held = []);
});

function show(target) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  const focusable = target.matches("a") ? target : target.querySelector("a");
  focusable?.focus({ preventScroll: true });
}

// -- zones ----------------------------------------------------------------------------------------------------------------

const zones = document.querySelector(".zones-switch");
zones?.addEventListener("click", (event) => {
  event.preventDefault();
  const on = text.classList.toggle("zoned");
  document.querySelector(".legend").hidden = !on;
  zones.textContent = on ? "Hide zones" : "Show zones";
  const address = new URL(location.href);
  if (on) address.searchParams.set("zones", "1");
  else address.searchParams.delete("zones");
  history.replaceState(null, "", address);
});

// -- parts of other pages, when they are wanted -----------------------------------------------------------------------------

async function part(address, selector, patience = 5) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (answer.status === 503 && patience) { // it is being made
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return part(address, selector, patience - 1);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector(selector);
  if (!answer.ok || !found) throw new Error(String(answer.status));
  for (const element of found.querySelectorAll("[id]")) element.removeAttribute("id");
  return found;
}

const panel = document.getElementById("relations-panel");
if (panel) {
  const watcher = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    panel.setAttribute("aria-busy", "true");
    try {
      const found = await part(panel.dataset.load, "#panels");
      for (const [k, heading] of found.querySelectorAll("h2").entries()) {
        const lower = document.createElement("h3");
        lower.append(...heading.childNodes);
        lower.id = `panel-${k}`;
        heading.replaceWith(lower);
        lower.closest("section").setAttribute("aria-labelledby", lower.id);
      }
      for (const region of found.querySelectorAll(".scroll")) {
        region.setAttribute("aria-labelledby", region.closest("section").getAttribute("aria-labelledby"));
      }
      panel.replaceChildren(found);
    } catch {
      // the link stays
    }
    panel.removeAttribute("aria-busy");
  }, { rootMargin: "400px" });
  watcher.observe(panel);
}

document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-explain]") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const open = link.parentElement.querySelector(".explanation");
  if (open) {
    open.remove();
    link.setAttribute("aria-expanded", "false");
    return;
  }
  try {
    const found = await part(link.href, "#explanation");
    for (const heading of found.querySelectorAll("h2")) {
      const lower = document.createElement("strong");
      lower.append(...heading.childNodes);
      heading.replaceWith(lower);
    }
    link.setAttribute("aria-expanded", "true");
    link.parentElement.append(found);
  } catch {
    location.href = link.href;
  }
});

// What a candidate of an explanation stands on: its characters are lit piece by piece.
function between(start, end) {
  return [...text.querySelectorAll("[data-s]")].filter((piece) => {
    const at = Number(piece.dataset.s);
    return at < end && at + [...piece.textContent].length > start;
  });
}

document.addEventListener("pointerover", (event) => {
  const one = event.target instanceof Element ? event.target.closest("[data-at]") : null;
  if (!one || !text) return;
  paint(between(Number(one.dataset.at), Number(one.dataset.end)));
});

// -- the citation ---------------------------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy citation"; }, 2000);
  });
}
